// Images out of the lab's rootfs: a plain tar for docker and podman to import, and a docker archive for containerd.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabCore } from './core.ts';

export async function packRootfs(core: LabCore): Promise<string> {
  const tar = join(core.dir, 'rootfs.tar');
  if (!existsSync(tar)) await core.run(['tar', '--numeric-owner', '-C', core.rootfs, '-cf', tar, '.']);
  return tar;
}

/** What `docker save` writes: manifest.json names the config and the layers, the config holds the layers' digests. */
export async function packDockerArchive(core: LabCore, tag: string): Promise<string> {
  const dir = join(core.dir, 'archive');
  const archive = join(core.dir, 'archive.tar');
  const layer = readFileSync(await packRootfs(core));
  const digest = createHash('sha256').update(layer).digest('hex');
  mkdirSync(dir);
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  const manifest = [{ Config: 'config.json', RepoTags: [tag], Layers: ['layer.tar'] }];
  writeFileSync(join(dir, 'layer.tar'), layer);
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest));
  await core.run(['tar', '-C', dir, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar']);
  return archive;
}
