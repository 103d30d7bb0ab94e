import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LIBRARIES } from '../../../src/sys/native/library.generated.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-library-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => vi.resetModules());

const { arch } = process;
const text = arch === 'x64' || arch === 'arm64' ? LIBRARIES[arch] : undefined;

describe.skipIf(text === undefined)('the native library', () => {
  const object = gunzipSync(Buffer.from(text?.gzip ?? '', 'base64'));
  const file = join(directory, 'library.so');
  writeFileSync(file, object);

  /** @param refuses what dlopen does not load */
  async function loaded(library: unknown, refuses: (path: string) => boolean = () => false) {
    const asked: string[] = [];
    vi.doMock('../../../src/sys/native/library.generated.ts', () => ({ LIBRARIES: { [arch]: library } }));
    vi.doMock('../../../src/sys/koffi.ts', async (original) => {
      const koffi = await original<typeof import('../../../src/sys/koffi.ts')>();
      const loadLibrary = (path: string) => {
        asked.push(path);
        if (refuses(path)) throw new Error('Failed to load shared library: not permitted');
        return koffi.loadLibrary(path);
      };
      return { ...koffi, loadLibrary };
    });
    const { nativeLibrary } = await import('../../../src/sys/native-library.ts');
    return { library: nativeLibrary(), asked };
  }
  const MEMFD = expect.stringMatching(/^\/proc\/self\/fd\/\d+$/);
  const PROTOTYPE = 'long porthole_relations(void *questions, long count, const void *paths)';

  it('as text is loaded from a memfd', async () => {
    const { library, asked } = await loaded(text);
    expect(asked).toEqual([MEMFD]);
    expect(library?.(PROTOTYPE)).toBeTypeOf('function');
  });

  it('as a file is loaded from there', async () => {
    const { library, asked } = await loaded({ file });
    expect(asked).toEqual([file]);
    expect(library?.(PROTOTYPE)).toBeTypeOf('function');
    expect(readFileSync('/proc/self/maps', 'utf8')).toContain(file);
  });

  it('as a file that may not be run is loaded from a memfd', async () => {
    const { library, asked } = await loaded({ file }, (path) => path === file);
    expect(asked).toEqual([file, MEMFD]);
    expect(library?.(PROTOTYPE)).toBeTypeOf('function');
  });

  it.each([
    ['that may not be run at all', file, () => true],
    ['that is gone', join(directory, 'gone.so'), (path: string) => path.endsWith('gone.so')],
  ])('as a file %s is done without', async (_, path, refuses) => {
    expect((await loaded({ file: path }, refuses)).library).toBeUndefined();
  });
});
