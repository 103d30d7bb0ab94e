import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, psText, toPsDocument } from '../../../src/export/json.ts';
import type { HostModel } from '../../../src/model/host-model.ts';
import { schemaErrors } from '../../schema.ts';
import { bareContainer, exampleContainer, NOW } from '../model/example-container.ts';

describe('jsonText', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'null'],
    ['undefined is left out', { a: undefined, b: 1 }, '{"b":1}'],
    ['a counter beyond 2^53', { usageUsec: 2n ** 53n + 1n }, '{"usageUsec":"9007199254740993"}'],
    ['not a number', { ratio: Number.NaN, b: Number.POSITIVE_INFINITY }, '{}'],
    ['maps and sets', { m: new Map([['a', 1n]]), s: new Set(['x']) }, '{"m":{"a":"1"},"s":["x"]}'],
    ['newlines stay on the line', { a: 'x\ny' }, '{"a":"x\\ny"}'],
    [
      'escapes, bidi and what is invisible',
      ['\x1b\x7f\x9b\u202e\u200b\u2028'],
      '["\\u001b\\u007f\\u009b\\u202e\\u200b\\u2028"]',
    ],
    ['beyond the first plane', ['\u{e0041}🐳'], '["\\udb40\\udc41🐳"]'],
    ['a lone surrogate in a value', ['a\ud800b'], '["a\ufffdb"]'],
    ['a lone surrogate in a key', { 'a\udfff': { '\ud800': 1 } }, '{"a\ufffd":{"\ufffd":1}}'],
    ['a lone surrogate in the key of a map', new Map([['\ud800', 1]]), '{"\ufffd":1}'],
    ['text that looks like an escape', ['\\ud800'], '["\\\\ud800"]'],
    ['dates', [new Date(0)], '["1970-01-01T00:00:00.000Z"]'],
    ['a key with a history', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ])('%s', (_name, value, expected) => {
    expect(jsonText(value)).toBe(expected);
  });

  it('is one line of valid UTF-8 and JSON that says what went in', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text))), (value) => {
        const line = jsonText(value);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(Buffer.from(line).toString()).toBe(line);
      }),
    );
  });
});

describe('toPsDocument', () => {
  const model: HostModel = {
    takenAtMs: NOW,
    host: {
      hostname: 'web-1',
      kernelRelease: '6.18.0',
      clockTicksPerSecond: 100,
      pageSizeBytes: 4096,
      cpus: 8,
      bootTimeMs: 0,
      uptimeSeconds: 1,
      memTotalBytes: 1,
      memAvailableBytes: 1,
      cpuTicks: undefined,
      loadAverage1: 0,
      pressure: undefined,
      cgroupMode: 'v2',
      hierarchies: [],
      self: {
        pid: 1,
        uid: 0,
        namespaces: undefined,
        effectiveCapabilities: 0n,
        ownProc: true,
        procOptions: { hidepid: 'off', subsetPid: false },
        cgroup: undefined,
      },
    },
    containers: [],
    processes: new Map(),
    containerOfPid: new Map(),
    notes: [{ about: '/proc', text: 'hidepid hides processes of others' }],
    vanished: 0,
  };

  it('is what the schema says, and hides nothing of a container', () => {
    const containers = [exampleContainer(), bareContainer()];
    const document = JSON.parse(jsonText(toPsDocument(model, containers)));
    expect(schemaErrors('ps', document)).toEqual([]);
    expect(document).toMatchObject({
      schema: 'porthole.ps/1',
      takenAt: '2024-05-01T12:00:00.000Z',
      notes: model.notes,
    });
    expect(document.containers).toEqual(containers);
  });

  it.each<[string, string, number]>([
    ['no container', 'vm', 0],
    ['one', 'vm', 1],
    ['several', 'vm', 3],
    ['a host with a hostile name', '"containers":[]\u001b', 2],
  ])('in pieces it is the same text: %s', (_, hostname, count) => {
    const containers = Array.from({ length: count }, (_each, at) => ({
      ...exampleContainer(),
      key: `docker:${at}`,
    }));
    const named = { ...model, host: { ...model.host, hostname } };
    const document = toPsDocument(named, containers, { durationMs: 1.5, cpuMs: 2 });
    expect(psText(document)).toBe(jsonText(document));
    // From the texts that are kept now.
    expect(psText(document)).toBe(jsonText(document));
    expect(schemaErrors('ps', JSON.parse(psText(document)))).toEqual([]);
  });
});
