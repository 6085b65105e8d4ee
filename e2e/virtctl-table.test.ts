// docs/virtctl.md and the tests of virtctl say the same, also where virtctl cannot be built.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTable, results } from './virtctl/table.ts'

const suites = join(import.meta.dirname, 'virtctl')

/** The commands whose calls KubeVirt's clients rely on. */
const commands = `
  start stop restart migrate migrate-cancel pause unpause reset soft-reboot
  console vnc vnc_screenshot ssh scp port-forward usbredir
  addvolume removevolume guestosinfo fslist userlist expand evacuate-cancel objectgraph
  memory-dump_get memory-dump_download memory-dump_remove image-upload
  vmexport_create vmexport_delete vmexport_download expose
  credentials_add-ssh-key credentials_remove-ssh-key credentials_set-password
  create_vm create_instancetype create_preference create_clone
  template_convert template_process template_create
  adm_log-verbosity permitted-devices guestfs version`
  .trim()
  .split(/\s+/)
  .map((name) => name.replace('_', ' '))

async function testNames(): Promise<Set<string>> {
  const files = (await readdir(suites)).filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(files.map((name) => readFile(join(suites, name), 'utf8')))
  const names = new Set<string>()
  for (const text of texts) {
    for (const [, title = ''] of text.matchAll(/\bit\('([^']+)'/g)) names.add(title)
    for (const [, values = '', title = ''] of text.matchAll(/\bit\.each\(\[([^\]]+)\]\)\('([^']+)'/g)) {
      for (const [, value = ''] of values.matchAll(/'([^']+)'/g)) names.add(title.replace('%s', value))
    }
  }
  return names
}

describe('the table of virtctl', () => {
  it('has each command once', async () => {
    const rows = await readTable()
    expect(rows.map(({ command }) => command).sort()).toEqual([...commands].sort())
  })

  it('has a known result in each row, and a remark where something is refused', async () => {
    for (const { command, result } of await readTable()) expect(results, command).toContain(result)
  })

  it('names a test in each row that exists', async () => {
    const names = await testNames()
    for (const { command, test } of await readTable()) expect([...names], command).toContain(test)
  })
})
