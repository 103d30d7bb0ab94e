/** What this process takes of the host, for the header: a monitor that hides its own cost is not believed. */
import type { OwnCost } from './state.ts';

export class OwnUse {
  #atMs = performance.now();
  #usage = process.cpuUsage();

  /** Since the last call; undefined when no time has passed. */
  since(): OwnCost | undefined {
    const elapsedMs = performance.now() - this.#atMs;
    if (elapsedMs <= 0) return undefined;
    const { user, system } = process.cpuUsage(this.#usage);
    this.#atMs += elapsedMs;
    this.#usage = process.cpuUsage();
    return { cpuRatio: (user + system) / 1000 / elapsedMs, rssBytes: process.memoryUsage.rss() };
  }
}
