/** Who the command is: ids and groups inside, and the passwd entry that goes with them. Pure but for what the input reads. */
import { toOutside } from '../../kernel/proc/id-map.ts';
import type { PidStatus } from '../../kernel/proc/status.ts';
import { accountOf, type ChosenUser, findUser, groupId, parseGroup, parsePasswd } from './accounts.ts';
import { AttachRefusal } from './options.ts';
import type { PlanInput } from './plan-input.ts';
import { insideId } from './rights.ts';

export interface PlannedUser {
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  readonly groups: readonly number[] | undefined;
  /** Looked up where they are asked for: most commands have a HOME and need no shell. */
  home(): string;
  shell(): string | undefined;
}

export function chooseUser(input: PlanInput, hasMaps: boolean, notes: string[]): PlannedUser {
  const { facts, options, name } = input;
  const accounts = once(() => accountsIn(input, '/etc/passwd', parsePasswd, notes));
  const groups = once(() => accountsIn(input, '/etc/group', parseGroup, notes));
  const maps = hasMaps ? facts.idMaps : undefined;
  const chosen = options.user === undefined ? undefined : findUser(options.user, accounts(), groups());
  if (options.user !== undefined && chosen === undefined)
    throw new AttachRefusal(`${name} has no user ${JSON.stringify(options.user)}`);
  const { uid, gid } = chosen ?? {
    uid: insideId(maps?.uids, facts.status.uid.effective),
    gid: insideId(maps?.gids, facts.status.gid.effective),
  };
  if (chosen !== undefined && maps !== undefined) {
    const isMapped =
      toOutside(maps.uids, chosen.uid) !== undefined && toOutside(maps.gids, chosen.gid) !== undefined;
    if (!isMapped)
      throw new AttachRefusal(`the user namespace of ${name} has no ids for ${chosen.uid}:${chosen.gid}`);
  }
  const account = () => (chosen === undefined ? accountOf(accounts(), uid) : chosen.account);
  const wanted = (options.groups ?? []).map((word) => {
    const id = groupId(word, groups());
    if (id === undefined) throw new AttachRefusal(`${name} has no group ${JSON.stringify(word)}`);
    return id;
  });
  const described = { home: () => account()?.home ?? '/', shell: () => account()?.shell };
  if (uid === undefined || gid === undefined) {
    notes.push(
      'its user namespace has no ids for its user: the command keeps ours, which show as nobody inside',
    );
    return { ids: undefined, groups: undefined, ...described };
  }
  const set = chooseGroups(input, chosen, wanted, hasMaps, notes);
  // Setting what is ours already would ask for a right that it does not need.
  const { status } = input.own;
  const isOurs = !hasMaps && uid === ownId(status.uid) && gid === ownId(status.gid);
  const groupsToSet = isOurs && sameIds(set ?? [], status.groups) ? undefined : set;
  return { ids: { uid, gid }, groups: groupsToSet, ...described };
}

/** Undefined when real, effective and saved are not the same. */
function ownId({ real, effective, saved }: PidStatus['uid']): number | undefined {
  return real === effective && real === saved ? real : undefined;
}

function sameIds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

function chooseGroups(
  { facts, options }: PlanInput,
  chosen: ChosenUser | undefined,
  wanted: readonly number[],
  hasMaps: boolean,
  notes: string[],
): readonly number[] | undefined {
  if (hasMaps && facts.deniesGroups) {
    if (options.groups !== undefined) throw new AttachRefusal('its user namespace lets nobody set groups');
    return undefined;
  }
  if (options.groups !== undefined) return wanted;
  if (chosen !== undefined) return chosen.groups;
  const map = hasMaps ? facts.idMaps?.gids : undefined;
  const inside = facts.status.groups.map((gid) => insideId(map, gid));
  const known = inside.filter((gid) => gid !== undefined);
  if (known.length < inside.length)
    notes.push('supplementary groups without an id in its user namespace were left out');
  return known;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A file that is not there says nothing; one that cannot be read is told of. */
function accountsIn<T>(
  { read }: PlanInput,
  path: string,
  parse: (text: string) => T[],
  notes: string[],
): T[] {
  const reading = read(path);
  if (reading.ok) return parse(reading.value);
  if (reading.why !== 'absent') notes.push(`its ${path} could not be read (${reading.errno})`);
  return [];
}
