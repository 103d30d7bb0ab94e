/** What is wrong with the documents of `ps -w --json`, one after the other. */
import { schemaErrors } from '../schema.ts';

/** Above this no counter of this host can really move: a subtraction across two different things. */
const WILD_PER_SECOND = 1e11;
const CPU_SLACK = 1.1;
const MOST_PROBLEMS = 10;

export class DocumentChecker {
  documents = 0;
  /** Of all containers ever shown. */
  readonly keys = new Set<string>();
  readonly ids = new Set<string>();
  mostContainers = 0;
  highestRatio = 0;
  readonly schema: string[] = [];
  readonly twice: string[] = [];
  readonly rates: string[] = [];

  constructor(readonly cpus: number) {}

  take(line: string): void {
    this.documents += 1;
    const document: unknown = parsed(line);
    if (document === undefined) this.#note(this.schema, `not JSON: ${line.slice(0, 200)}`);
    else this.#document(document);
  }

  #document(document: unknown): void {
    for (const error of schemaErrors('ps', document)) this.#note(this.schema, error);
    const containers = listOf(document, 'containers');
    this.mostContainers = Math.max(this.mostContainers, containers.length);
    const keys = containers.map((each) => String(field(each, 'key')));
    for (const key of keys.filter((each, i) => keys.indexOf(each) !== i)) this.#note(this.twice, key);
    for (const key of keys) this.keys.add(key);
    for (const container of containers) {
      const id = field(container, 'id');
      if (typeof id === 'string') this.ids.add(id);
      this.#rates(container, String(field(container, 'name')), '');
    }
  }

  /** Every number whose name says that it is a rate or a share. */
  #rates(part: unknown, container: string, name: string): void {
    if (typeof part === 'number') {
      if (/PerSec$|ratio$/i.test(name)) this.#rate(part, container, name);
    } else if (typeof part === 'object' && part !== null) {
      for (const [below, value] of Object.entries(part)) this.#rates(value, container, below);
    }
  }

  #rate(value: number, container: string, name: string): void {
    if (name === 'ratio') this.highestRatio = Math.max(this.highestRatio, value);
    const most = name === 'ratio' ? this.cpus * CPU_SLACK : name.endsWith('PerSec') ? WILD_PER_SECOND : 1;
    if (value < 0 || value > most) {
      this.#note(this.rates, `document ${this.documents}, ${container}: ${name} ${value}`);
    }
  }

  #note(problems: string[], problem: string): void {
    if (problems.length < MOST_PROBLEMS) problems.push(problem);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function field(part: unknown, name: string): unknown {
  return typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined;
}

function listOf(part: unknown, name: string): unknown[] {
  const list = field(part, name);
  return Array.isArray(list) ? list : [];
}
