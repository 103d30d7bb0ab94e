/** Files as kernels wrote them (test/fixtures/{proc,cgroup}), and broken ones (test/fixtures/broken). */
import { readFileSync } from 'node:fs';

const FIXTURES = new URL('../../fixtures/', import.meta.url);

export function fixtureBytes(path: string): Uint8Array {
  return readFileSync(new URL(path, FIXTURES));
}

export function fixture(path: string): string {
  return readFileSync(new URL(path, FIXTURES), 'utf8');
}

/** One char per byte, as readers hand in stat and comm. */
export function latin1Fixture(path: string): string {
  return readFileSync(new URL(path, FIXTURES), 'latin1');
}
