/** What to say when a field's name is not known: the likely one, and all there are. Pure. */

export function unknownField(name: string, fields: readonly { readonly id: string }[]): string {
  const ids = fields.map((field) => field.id);
  const close = name === '' ? undefined : ids.find((id) => id.startsWith(name) || name.startsWith(id));
  const hint = close === undefined ? '' : ` (did you mean ${close}?)`;
  const problem = name === '' ? '' : `no field ${JSON.stringify(name.slice(0, 40))}${hint}; `;
  return `${problem}fields are ${ids.join(' ')}`;
}
