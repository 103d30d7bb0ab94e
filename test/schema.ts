/** Holds a `--json` document against its schema in docs/schema, for every test that has one. */
import { readFileSync } from 'node:fs';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { jsonText } from '../src/export/json.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
// CommonJS with a default export: what an import of it yields depends on who asks.
formats.default(ajv);

const validators = new Map<string, ValidateFunction>();

/** What is wrong with `document`, a line each (`/containers/0/key: must be string`); empty when it is right. */
export function schemaErrors(command: string, document: unknown): string[] {
  const validate = validatorFor(command);
  // Through JSON, as a reader gets it: undefined is left out.
  if (validate(JSON.parse(jsonText(document)))) return [];
  return (validate.errors ?? []).map(toLine);
}

function validatorFor(command: string): ValidateFunction {
  const known = validators.get(command);
  if (known !== undefined) return known;
  const url = new URL(`../docs/schema/${command}.schema.json`, import.meta.url);
  const validate = ajv.compile(JSON.parse(readFileSync(url, 'utf8')));
  validators.set(command, validate);
  return validate;
}

function toLine({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || '/'}: ${message ?? 'is not right'} ${JSON.stringify(params)}`;
}
