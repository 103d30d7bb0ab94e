/**
 * Users and groups as the container's own /etc/passwd and /etc/group name them. Both are the container's text: they choose
 * ids inside and nothing else, and what does not parse is no user. Pure.
 * @see passwd(5), group(5)
 */

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = '', shell = ''] = line.split(':');
    return isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home, shell }] : [];
  });
}

export function parseGroup(text: string): Group[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , gid = '', members = ''] = line.split(':');
    return isId(gid)
      ? [{ name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }]
      : [];
  });
}

/** (uid_t)-1 is none. */
function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1;
}

export interface ChosenUser {
  readonly uid: number;
  readonly gid: number;
  /** Those that /etc/group lists it in. */
  readonly groups: readonly number[];
  readonly account: Account | undefined;
}

/** `U` or `U:G`, names or numbers, as `docker exec --user` takes it. Undefined when there is none of that name. */
export function findUser(
  spec: string,
  accounts: readonly Account[],
  groups: readonly Group[],
): ChosenUser | undefined {
  const [user = '', group] = spec.split(':', 2);
  const account = accounts.find(({ name }) => name === user) ?? accountOf(accounts, idOf(user));
  const uid = account?.uid ?? idOf(user);
  const gid = group === undefined ? (account?.gid ?? 0) : groupId(group, groups);
  if (uid === undefined || gid === undefined) return undefined;
  const listed =
    group !== undefined || account === undefined
      ? []
      : groups.filter(({ members }) => members.includes(account.name)).map((each) => each.gid);
  return { uid, gid, groups: [...new Set(listed)], account };
}

export function groupId(text: string, groups: readonly Group[]): number | undefined {
  return groups.find(({ name }) => name === text)?.gid ?? idOf(text);
}

export function accountOf(accounts: readonly Account[], uid: number | undefined): Account | undefined {
  return accounts.find((account) => account.uid === uid);
}

function idOf(text: string): number | undefined {
  return isId(text) ? Number(text) : undefined;
}
