/** Whose tab it is: drafts, consoles and lists that one person leaves in it are not for the next one who signs in there. */

const storageKey = 'berth.user'

type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'clear'>

/** @returns whether somebody else had it before; what they left in its storage is gone then, and what is in memory has to go, too */
export function takeTab(storage: TabStorage, user: string): boolean {
  const before = storage.getItem(storageKey)
  if (before === user) return false
  storage.clear()
  storage.setItem(storageKey, user)
  return before !== null
}

/** Somebody signs out: nothing stays but whose it was. */
export function leaveTab(storage: TabStorage): void {
  const before = storage.getItem(storageKey)
  storage.clear()
  if (before !== null) storage.setItem(storageKey, before)
}
