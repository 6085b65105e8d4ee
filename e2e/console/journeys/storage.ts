// Disks and snapshots in a browser, with machines that are off: made, enlarged, snapshotted, put back, cloned, given away as files, deleted;
// what is lost and what stays is said before.
import { readFile } from 'node:fs/promises'
import { eventually, guestMachine } from '@berth/testkit'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { patienceMs } from '../browser.ts'
import type { Stage } from './stage.ts'
import {
  administrator,
  button,
  confirm,
  dialog,
  field,
  heading,
  link,
  open,
  openMachine,
  row,
  type Person,
} from '../verbs.ts'

export function describeStorage({ browser, host }: Stage): void {
  let ann: Person

  const books = guestMachine('books', {
    runStrategy: 'Halted',
    spec(spec) {
      spec.domain.devices.disks = [{ name: 'root', disk: { bus: 'virtio' } }]
      spec.volumes = [{ name: 'root', persistentVolumeClaim: { claimName: 'books-root' } }]
    },
  })
  const root = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'books-root', namespace: 'default' },
    spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '32Mi' } } } },
  }
  const broken = {
    ...root,
    metadata: { name: 'broken', namespace: 'default' },
    // Nothing listens there.
    spec: { ...root.spec, source: { http: { url: 'http://127.0.0.1:9/disk.qcow2' } } },
  }

  beforeAll(async () => {
    const items = [root, broken, books]
    await host().kubectl.with({ apiVersion: 'v1', kind: 'List', items }, 'create', '-f', '-')
    ann = await administrator(browser(), host())
  })
  afterEach(() => expect(ann.problems.splice(0)).toEqual([]))

  /** Chooses from the menu of a row, and waits for its dialog. */
  async function ask({ page }: Person, name: string, action: string): Promise<void> {
    await button(page, `Actions of ${name}`).click()
    await page.getByRole('menuitem', { name: action }).click()
    await dialog(page).waitFor()
  }

  async function read(kind: string, name: string, path: string): Promise<string> {
    return host().kubectl('get', kind, name, '-n', 'default', '-o', `jsonpath={${path}}`)
  }

  const patient = { timeoutMs: patienceMs }

  describe('volumes', () => {
    it('are made once it is said that they fit, and grow', async () => {
      const { page } = ann
      await open(ann, '/storage')
      await heading(page, 'Storage').waitFor()
      // A list that is still empty offers it, too.
      await button(page, 'New disk').first().click()
      await field(dialog(page), 'Name').fill('journal')
      await field(dialog(page), 'Size').fill('900Ti')
      await dialog(page).getByText('It does not fit').first().waitFor()
      await field(dialog(page), 'Size').fill('64Mi')
      await dialog(page).getByText('It fits').first().waitFor()
      await confirm(ann, 'Make the disk')
      await row(page, 'journal').getByText('Ready').waitFor()
      await ask(ann, 'journal', 'Enlarge')
      await field(dialog(page), 'New size').fill('32Mi')
      await dialog(page).getByText('only more is possible').first().waitFor()
      await field(dialog(page), 'New size').fill('96Mi')
      await confirm(ann, 'Enlarge')
      await row(page, 'journal').getByText('96 MiB', { exact: true }).waitFor()
      expect(await read('pvc', 'journal', '.status.capacity.storage')).toBe('96Mi')
    })

    it('that can not be filled say why, here and on the first page', async () => {
      const { page } = ann
      await open(ann, '/storage?q=tone%3Aattention')
      await row(page, 'broken').getByText('nothing listens there').waitFor()
      await open(ann, '/')
      await link(page, 'broken').waitFor()
    })

    it('are found by who uses them', async () => {
      const { page } = ann
      await open(ann, '/storage?q=vm%3Abooks')
      await row(page, 'books-root').getByRole('link', { name: 'books' }).waitFor()
      await row(page, 'journal').waitFor({ state: 'detached' })
    })

    it('are given away as files through the console', async () => {
      const { page } = ann
      await open(ann, '/storage?q=journal')
      await ask(ann, 'journal', 'Export')
      await button(dialog(page), 'Make the links').click()
      const raw = page.getByRole('cell', { name: 'raw', exact: true })
      const file = dialog(page).getByRole('row').filter({ has: raw }).getByRole('link', { name: 'Download' })
      await file.waitFor()
      const [download] = await Promise.all([page.waitForEvent('download'), file.click()])
      expect(download.suggestedFilename()).toBe('journal.img')
      expect((await readFile(await download.path())).length).toBe(96 * 2 ** 20)
      await button(dialog(page), 'End the export').click()
      await dialog(page).waitFor({ state: 'detached' })
    })
  })

  describe('snapshots', () => {
    it('are taken with a note, and show where the machine is', async () => {
      const { page } = ann
      await openMachine(ann, 'books', 'disks')
      await button(page, 'Take a snapshot').click()
      await field(dialog(page), 'Name').fill('books-1')
      await field(dialog(page), 'Note').fill('Before the move')
      await dialog(page).getByText('The machine is off').waitFor()
      await confirm(ann, 'Take the snapshot')
      const tree = page.getByRole('table').filter({ hasText: 'You are here' })
      await tree.getByRole('row').filter({ hasText: 'Before the move' }).getByText('Ready').waitFor()
      await tree.getByRole('rowheader').filter({ hasText: '(follows books-1)' }).waitFor()
      expect(await tree.getByRole('rowheader').allInnerTexts()).toEqual([
        expect.stringContaining('books-1'),
        expect.stringMatching(/You are here.*\(follows books-1\)/s),
      ])
    })

    it('are put back after it was said what is lost', async () => {
      const { page } = ann
      await openMachine(ann, 'books', 'disks')
      await ask(ann, 'books-1', 'Restore')
      await dialog(page).getByText('Everything written to its disks since').waitFor()
      await confirm(ann, 'Put back')
      const done = await eventually(
        async () =>
          (await host().kubectl(
            'get',
            'virtualmachinerestores',
            '-n',
            'default',
            '-o',
            'jsonpath={.items[*].status.complete}',
          )) === 'true',
        { what: 'the restore to be complete', ...patient },
      )
      expect(done).toBe(true)
      // In place: the disk has the name it had.
      expect(await read('vm', 'books', '.spec.template.spec.volumes[0].persistentVolumeClaim.claimName')).toBe(
        'books-root',
      )
    })

    it('become machines of their own, asked for by the command bar', async () => {
      const { page } = ann
      await open(ann, '/')
      await heading(page, 'Home').waitFor()
      await page.keyboard.press('Control+K')
      await page.getByRole('combobox', { name: 'Search and commands' }).fill('clone books')
      await page.getByRole('option', { name: /books/ }).first().click()
      await field(dialog(page), 'Name').fill('books-2')
      await confirm(ann, 'Clone')
      await openMachine(ann, 'books', 'disks')
      await eventually(
        async () => (await host().kubectl('get', 'vm', '-n', 'default', '-o', 'name')).includes('/books-2'),
        {
          what: 'the clone to be there',
          ...patient,
        },
      )
    })

    it('go, and the machine stays', async () => {
      const { page } = ann
      await open(ann, '/storage/snapshots?q=books-1')
      await ask(ann, 'books-1', 'Delete')
      await dialog(page).getByText('books stays as it is').waitFor()
      await confirm(ann, 'Delete')
      await row(page, 'books-1').waitFor({ state: 'detached' })
    })
  })

  it('many are deleted at once, each with what becomes of it', async () => {
    const { page } = ann
    await open(ann, '/storage')
    for (const name of ['journal', 'broken']) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
    await button(page, 'Delete').click()
    await dialog(page).getByText('2 are deleted').waitFor()
    await confirm(ann, 'Delete')
    for (const name of ['journal', 'broken']) await row(page, name).waitFor({ state: 'detached' })
  })
}
