import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCmdline } from '../../../../src/kernel/proc/cmdline.ts';

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

describe('parseCmdline', () => {
  test.each([
    ['arguments', 'sh\0-c\0echo a b\0', ['sh', '-c', 'echo a b']],
    ['"without a final NUL"', 'sh\0-c', ['sh', '-c']],
    ['nothing: kernel thread or zombie', '', []],
    ['an empty argument', 'sh\0\0x\0', ['sh', '', 'x']],
    ['an empty last argument', 'printf\0\0', ['printf', '']],
    ['one empty argument', '\0', ['']],
    ['"rewritten by the process": a title stays one', 'nginx: worker process', ['nginx: worker process']],
    ['"rewritten by the process": padded with NULs', 'sshd: root@pts/0\0\0\0\0', ['sshd: root@pts/0']],
    ['a newline and an escape sequence', 'a\nb\0\x1b[31m\0', ['a\nb', '\x1b[31m']],
    ['a byte order mark is text', '\ufeffx\0', ['\ufeffx']],
  ])('%s', (_, text, argv) => {
    expect(parseCmdline(bytes(text))).toEqual({ argv, truncated: false });
  });

  test('bytes that are not UTF-8 show as U+FFFD', () => {
    expect(parseCmdline(Uint8Array.of(0x61, 0xff, 0, 0xc3)).argv).toEqual(['a\ufffd', '\ufffd']);
  });

  test('"argv can be megabytes: keep 4 KiB"', () => {
    const { argv, truncated } = parseCmdline(bytes(`java\0${'x'.repeat(3_000_000)}\0`));
    expect(truncated).toBe(true);
    expect(argv).toEqual(['java', 'x'.repeat(4091)]);
  });

  test('exactly the cap is whole, one more is not', () => {
    expect(parseCmdline(bytes('abcd'), 4)).toEqual({ argv: ['abcd'], truncated: false });
    expect(parseCmdline(bytes('abcde'), 4)).toEqual({ argv: ['abcd'], truncated: true });
  });

  test('a character that the cap cuts in two is dropped', () => {
    expect(parseCmdline(bytes('abü'), 3)).toEqual({ argv: ['ab'], truncated: true });
  });

  test('any bytes: throws nothing, gives back what it was given', () => {
    const argument = fc
      .string({ unit: 'binary' })
      .filter((text) => !text.includes('\0') && !text.includes(' '));
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1 }), (argv) => {
        expect(parseCmdline(bytes(`${argv.join('\0')}\0`), 1e6).argv).toEqual(argv);
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), fc.nat(300), (input, cap) => void parseCmdline(input, cap)));
  });
});
