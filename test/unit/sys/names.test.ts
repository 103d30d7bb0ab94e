import { describe, expect, it } from 'vitest';
import { dockerSocketPath } from '../../../src/sys/docker-socket.ts';
import { userName, userNames } from '../../../src/sys/users.ts';
import { scratch } from './scratch.ts';

const { path, write } = scratch();

describe('userNames', () => {
  it('reads names by number, and skips what is no user', () => {
    const passwd = write(
      'passwd',
      'root:x:0:0:root:/root:/bin/sh\n# comment\n\nbroken\nplus:x:+:0::/:\nnobody:x:65534:65534::/:/bin/false\nlast:x:7:7::/:',
    );
    expect([...userNames(passwd)]).toEqual([
      [0, 'root'],
      [65534, 'nobody'],
      [7, 'last'],
    ]);
  });

  it('is empty without the file', () => {
    expect(userNames(path('nothing')).size).toBe(0);
  });
});

describe('userName', () => {
  const passwd = () =>
    write(
      'names',
      '# 5\nann:x:5:5::/:\nplus:x:+:0::/:\nhex:x:0x6:6::/:\nempty:x::0::/:\nben:x:05:5::/:\nend:x:7',
    );
  it.each([0, 5, 6, 7, 8])('of %i is what userNames has', (uid) => {
    expect(userName(uid, passwd())).toBe(userNames(passwd()).get(uid));
  });

  it('is the last one of that number, or none', () => {
    expect([5, 7, 0, 6].map((uid) => userName(uid, passwd()))).toEqual(['ben', 'end', undefined, undefined]);
    expect(userName(0, path('nothing'))).toBeUndefined();
  });
});

describe('dockerSocketPath', () => {
  it.each([
    ['by default', {}, '/var/run/docker.sock'],
    [
      'as DOCKER_HOST says',
      { DOCKER_HOST: 'unix:///run/user/1000/docker.sock' },
      '/run/user/1000/docker.sock',
    ],
    ['not another host', { DOCKER_HOST: 'tcp://10.0.0.1:2375' }, '/var/run/docker.sock'],
  ])('%s', (_name, env, expected) => {
    expect(dockerSocketPath(env)).toBe(expected);
  });
});
