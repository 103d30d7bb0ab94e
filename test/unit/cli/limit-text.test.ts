// Limits as a table that somebody reads on a terminal of 80 columns.
import { describe, expect, it } from 'vitest';
import { limitTable } from '../../../src/cli/limit-text.ts';
import { layoutTable } from '../../../src/cli/table.ts';
import type { LimitRow } from '../../../src/model/limits/view.ts';

const DOCKERS =
  'b *:* m, c *:* m, c 1:3 rwm, c 1:5 rwm, c 1:7 rwm, c 1:8 rwm, c 1:9 rwm, c 5:0 rwm, c 5:1 rwm, c 5:2 rwm, c 10:200 rwm, c 136:* rwm';

const row = (key: string, unit: LimitRow['unit'], value: LimitRow['value']): LimitRow => ({
  key,
  unit,
  version: 1,
  file: `/sys/fs/cgroup/x/docker/8a875d313a22/${key}`,
  value,
  effective: value,
});

function lines(rows: readonly LimitRow[], raw = false): string[] {
  const { columns, rows: cells } = limitTable(rows, { raw, ascii: true });
  const spans = cells.map((each) => each.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const laid = layoutTable(columns, spans, { headers: true, ellipsis: '~', maxWidth: 80 });
  return laid.map((line) => line.map(({ text }) => text).join(''));
}

describe('limitTable', () => {
  it('fits a terminal of 80 columns with all of the rules that docker sets for devices', () => {
    const shown = lines([row('memory', 'bytes', 67108864n), row('devices', 'devices', DOCKERS)]);
    expect(shown.map((line) => line.length).filter((length) => length > 80)).toEqual([]);
    expect(shown[1]).toMatch(/^memory +64\.0M +64\.0M /);
    expect(shown[2]).toMatch(/^devices +12 rules +12 rules /);
  });

  it('shows the rules with --raw, and one rule always', () => {
    expect(lines([row('devices', 'devices', DOCKERS)], true)[1]).toContain(DOCKERS);
    expect(lines([row('devices', 'devices', 'a *:* rwm')])[1]).toMatch(/^devices +a \*:\* rwm +a \*:\* rwm /);
  });

  it('has ASCII marks alone where the terminal has no other', () => {
    expect(lines([row('cpuset-cpus', 'list', ''), row('devices', 'devices', DOCKERS)]).join('')).toMatch(
      /^[ -~]+$/,
    );
  });
});
