/** Which rows a claim or DataVolume is a part of, kept up to date with the machines that name them. */

export class ReferenceIndex {
  /** Most are named by one. */
  private readonly users = new Map<string, string[]>()

  /** @param name `namespace/name` */
  of(name: string): readonly string[] {
    return this.users.get(name) ?? []
  }

  update(user: string, before: readonly string[], after: readonly string[]): void {
    for (const name of before) if (!after.includes(name)) this.remove(name, user)
    for (const name of after) if (!before.includes(name)) this.add(name, user)
  }

  private add(name: string, user: string): void {
    const users = this.users.get(name)
    if (users === undefined) this.users.set(name, [user])
    else if (!users.includes(user)) users.push(user)
  }

  private remove(name: string, user: string): void {
    const rest = this.of(name).filter((each) => each !== user)
    if (rest.length === 0) this.users.delete(name)
    else this.users.set(name, rest)
  }
}
