import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsFile, settingsPath } from '../../../src/cli/dashboard-settings.ts';
import { NOTHING_SAVED } from '../../../tui/saved-settings.ts';
import { readSettings, settingsText } from '../../../tui/settings-text.ts';

describe('where the file is', () => {
  it.each([
    ['XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/c', HOME: '/h' }, '/c/porthole/dashboard.json'],
    ['HOME', { HOME: '/h' }, '/h/.config/porthole/dashboard.json'],
    [
      'a relative XDG_CONFIG_HOME is ignored',
      { XDG_CONFIG_HOME: 'c', HOME: '/h' },
      '/h/.config/porthole/dashboard.json',
    ],
    ['an empty one too', { XDG_CONFIG_HOME: '', HOME: '/h' }, '/h/.config/porthole/dashboard.json'],
    ['nowhere without a home', {}, undefined],
    ['nor with a relative one', { HOME: 'h' }, undefined],
  ])('%s', (_name, env, expected) => {
    expect(settingsPath(env)).toBe(expected);
  });
});

describe('what is read', () => {
  const whole = {
    theme: 'light',
    intervalSeconds: 2.5,
    pane: false,
    sandboxes: true,
    hiddenRuntimes: ['systemd'],
    views: { processes: { sort: '-mem', tree: true, columns: ['pid', 'command'] } },
  };
  it('every key', () => {
    expect(readSettings(JSON.stringify(whole))).toEqual({
      settings: {
        theme: 'light',
        intervalMs: 2500,
        showsPane: false,
        allKinds: true,
        hiddenRuntimes: ['systemd'],
        views: {
          processes: { ordering: { column: 'mem', reversed: true }, tree: true, columns: ['pid', 'command'] },
        },
      },
    });
  });

  it('and written again as it was', () => {
    const { settings } = readSettings(JSON.stringify(whole));
    expect(JSON.parse(settingsText(settings, ''))).toEqual(whole);
  });

  it.each([
    ['no JSON', '{', /^no JSON \(/],
    ['no object', '[]', /^expected a JSON object$/],
    ['a theme that does not exist', '{"theme":"pink"}', /^theme: expected dark, /],
    ['an interval of nothing', '{"intervalSeconds":0}', /^intervalSeconds: expected 0.1 to 3600$/],
    ['an interval in words', '{"intervalSeconds":"1"}', /^intervalSeconds/],
    ['a switch in words', '{"pane":"yes"}', /^pane: expected true or false$/],
    ['one runtime instead of a list', '{"hiddenRuntimes":"docker"}', /^hiddenRuntimes/],
    ['no columns at all', '{"views":{"mounts":{"columns":[]}}}', /^views\.mounts: expected sort, tree/],
    ['views in a list', '{"views":[]}', /^views: expected an object$/],
  ])('%s is said', (_name, text, problem) => {
    expect(readSettings(text).problem).toMatch(problem);
  });

  it('what is right beside what is wrong counts', () => {
    expect(readSettings('{"theme":"mono","pane":3}').settings).toEqual({ ...NOTHING_SAVED, theme: 'mono' });
  });
});

describe('what is written', () => {
  it('leaves what another version knows', () => {
    const before = {
      future: { a: 1 },
      views: { tomorrow: { sort: 'x' }, mounts: { sort: 'target', colour: 'red' } },
    };
    const settings = { ...NOTHING_SAVED, views: { mounts: {}, processes: { tree: true } } };
    expect(JSON.parse(settingsText(settings, JSON.stringify(before)))).toMatchObject({
      future: { a: 1 },
      views: { tomorrow: { sort: 'x' }, mounts: { colour: 'red' }, processes: { tree: true } },
    });
  });

  it('forgets what is as usual again', () => {
    const text = settingsText(
      { ...NOTHING_SAVED, views: { mounts: {} } },
      '{"views":{"mounts":{"tree":false}}}',
    );
    expect(JSON.parse(text).views).toEqual({});
  });
});

describe('the file', () => {
  let directory = '';
  const path = () => join(directory, 'porthole', 'dashboard.json');
  const write = (text: string) => {
    mkdirSync(join(directory, 'porthole'), { recursive: true });
    writeFileSync(path(), text);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'porthole-settings-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is made with its directory, for its owner alone', () => {
    expect(settingsFile(path()).save(NOTHING_SAVED)).toBeUndefined();
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'porthole'))).toEqual(['dashboard.json']);
  });

  it('keeps its rights', () => {
    write('{}');
    chmodSync(path(), 0o640);
    expect(settingsFile(path()).save(NOTHING_SAVED)).toBeUndefined();
    expect(statSync(path()).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['to a file', true],
    ['to a file that is not there yet', false],
  ])('stays a link %s', (_name, isThere) => {
    mkdirSync(join(directory, 'porthole'));
    const real = join(directory, 'dotfiles.json');
    if (isThere) writeFileSync(real, '{"mine":1}');
    symlinkSync('../dotfiles.json', path());
    expect(settingsFile(path()).save({ ...NOTHING_SAVED, theme: 'mono' })).toBeUndefined();
    expect(lstatSync(path()).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(real, 'utf8'))).toMatchObject({
      theme: 'mono',
      ...(isThere && { mine: 1 }),
    });
  });

  it('that is broken is said to be, used as far as it can be, and left alone', () => {
    write('{"theme":"mono","pane":3}');
    const { settings, problem, save } = settingsFile(path());
    expect(settings.theme).toBe('mono');
    expect(problem).toBe(
      `${path()}: pane: expected true or false; until that is mended changes are not remembered`,
    );
    expect(save({ ...NOTHING_SAVED, theme: 'light' })).toBeUndefined();
    expect(readFileSync(path(), 'utf8')).toBe('{"theme":"mono","pane":3}');
  });

  it('that was broken meanwhile is left alone too, and that is said', () => {
    write('{}');
    const { save } = settingsFile(path());
    write('{"theme": lght}');
    expect(save(NOTHING_SAVED)).toMatch(/^not remembered: .*: no JSON/);
    expect(readFileSync(path(), 'utf8')).toBe('{"theme": lght}');
  });

  it('that was edited meanwhile keeps what is not ours', () => {
    write('{}');
    const { save } = settingsFile(path());
    write('{"note":"mine"}');
    expect(save(NOTHING_SAVED)).toBeUndefined();
    expect(JSON.parse(readFileSync(path(), 'utf8')).note).toBe('mine');
  });

  it('that cannot be read is said', () => {
    mkdirSync(path(), { recursive: true });
    expect(settingsFile(path()).problem).toBe(
      `${path()}: EISDIR; until that is mended changes are not remembered`,
    );
  });

  it('that cannot be written is said', () => {
    const { save } = settingsFile('/proc/self/porthole/dashboard.json');
    expect(save(NOTHING_SAVED)).toMatch(/^not remembered: \/proc\/self\/porthole\/dashboard\.json: E[A-Z]+$/);
    expect(existsSync('/proc/self/porthole')).toBe(false);
  });

  it('is nowhere without a home, and nobody complains', () => {
    const { problem, save } = settingsFile(undefined);
    expect([problem, save(NOTHING_SAVED)]).toEqual([undefined, undefined]);
  });
});
