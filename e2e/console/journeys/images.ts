/** What people do with images: made from a disk, versions, retired, published, built, kept fresh, deleted. Joins a session that has a disk. */

import { eventually } from '@berth/testkit'
import type { Locator } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { patienceMs } from '../browser.ts'
import type { ConsoleHost } from '../console-host.ts'
import { button, confirm, dialog, field, link, open, whyNot, type Person } from '../verbs.ts'

/** @param host with the disk `ledger` in namespace `default`, and an image of the same name */
export function describeImages(person: () => Person, host: () => ConsoleHost): void {
  const page = () => person().page
  const read = async (kind: string, name: string, path: string, namespace = 'default'): Promise<string> =>
    host().kubectl('get', kind, name, '-n', namespace, '-o', `jsonpath={${path}}`)
  const isGone = async (kind: string, name: string, namespace = 'default'): Promise<boolean> =>
    (await host().kubectl('get', kind, name, '-n', namespace, '--ignore-not-found')).trim() === ''
  const patient = (what: string) => ({ what, timeoutMs: patienceMs })
  const section = (title: string): Locator => page().getByRole('region', { name: title, exact: true })
  const line = (name: string, within = 'Images'): Locator =>
    section(within)
      .getByRole('row')
      .filter({ has: page().getByRole('rowheader', { name, exact: false }) })

  async function pick(label: string, option: string | RegExp): Promise<void> {
    await dialog(page()).getByRole('combobox', { name: label, exact: true }).click()
    await page().getByRole('option', { name: option }).first().click()
  }

  /** Chooses how an image is added, and waits for its dialog. */
  async function add(how: RegExp): Promise<void> {
    await button(page(), 'Add an image').first().click()
    await page().getByRole('menuitem', { name: how }).click()
    await dialog(page()).waitFor()
  }

  async function menu(name: string, action: RegExp): Promise<Locator> {
    await button(page(), `Actions of ${name}`).first().click()
    return page().getByRole('menuitem', { name: action })
  }

  async function makeFromLedger(says: string): Promise<void> {
    await add(/^From a disk/)
    await field(dialog(page()), 'Name of the image').fill('golden')
    await pick('Who may use it', 'Those of default')
    await pick('Disk', /default\/ledger/)
    await dialog(page()).getByText(says).waitFor()
    await confirm(person(), 'Make the image')
  }

  describe('an image', () => {
    it('is made from a disk, and gets another version, which its name follows when that is whole', async () => {
      await open(person(), '/catalogue/images')
      await line('ledger').getByText('data.qcow2').waitFor()
      await makeFromLedger('the first version of golden')
      await line('golden').getByText('Ready').waitFor()
      await makeFromLedger('version 2 of golden')
      await eventually(
        async () => (await read('datasource', 'golden', '.spec.source.pvc.name')) === 'golden-v2',
        patient('the name to follow'),
      )
      await line('golden').getByText('v2').waitFor()
    })

    it('says what uses it, and is what disks are made from', async () => {
      await (await menu('golden', /^New disk/)).click()
      await field(dialog(page()), 'Name').fill('from-golden')
      await confirm(person(), 'Make the disk')
      await button(line('golden'), '1 disk').click()
      await link(dialog(page()), 'default/from-golden').waitFor()
      await dialog(page()).getByText('has its own copy').waitFor()
      await button(dialog(page()), 'Close').last().click()
    })

    it('is retired and brought back, and its name is put back to a version', async () => {
      await button(page(), 'Show versions of golden').click()
      await (await menu('golden-v1', /^Retire/)).click()
      await line('golden-v1').waitFor({ state: 'detached' })
      expect(await read('datasource', 'golden-v1', String.raw`.metadata.labels.berth\.dev/image-retired`)).toBe('true')
      await button(page(), 'Undo').click()
      await line('golden-v1').waitFor()
      const remove = await menu('golden-v2', /^Delete/)
      expect(await whyNot(remove)).toContain('golden stands for it')
      await page().keyboard.press('Escape')
      await (await menu('golden-v1', /^Make it the newest/)).click()
      await line('golden-v1').getByText('newest').waitFor()
      await (await menu('golden-v2', /^Delete/)).click()
      await dialog(page()).getByText('Its disk golden-v2 goes with it').waitFor()
      await confirm(person(), 'Delete')
      await line('golden-v2').waitFor({ state: 'detached' })
      await eventually(async () => isGone('pvc', 'golden-v2'), patient('its disk to go'))
    })

    it('is published for everybody, and withdrawn', async () => {
      await (await menu('golden-v1', /^Publish/)).click()
      await pick('Who may use it', /^Everybody/)
      await confirm(person(), 'Publish')
      const copy = line('golden').filter({ hasText: 'Everybody' })
      await copy.getByText('default/golden-v1').waitFor()
      await copy.getByText('Ready').waitFor()
      await page().getByRole('button', { name: 'golden-v1', exact: true }).click()
      await button(dialog(page()), 'Withdraw').click()
      await dialog(page()).getByText('The image it was copied from stays').waitFor()
      await confirm(person(), 'Withdraw')
      await copy.waitFor({ state: 'detached' })
      expect(await read('datasource', 'golden', '.spec.source.pvc.name')).toBe('golden-v1')
    })

    it('is built upon with users, files and commands; the build has a log and is cancelled', async () => {
      // Without the words of what was done before, which stand over the buttons for a while.
      await open(person(), '/catalogue/images')
      await (await menu('golden', /^Build the next version/)).click()
      await dialog(page()).waitFor()
      await button(dialog(page()), 'Add a user').click()
      await field(dialog(page()), 'User').fill('ann')
      await dialog(page()).getByText('nobody can log in').first().waitFor()
      await field(dialog(page()), 'SSH keys, one a line').fill(`ssh-ed25519 ${'A'.repeat(40)} ann`)
      for (const [at, path] of ['/etc/one', '/etc/two'].entries()) {
        await button(dialog(page()), 'Add a file').click()
        const entry = dialog(page()).getByRole('group', { name: `Files ${String(at + 1)}` })
        await field(entry, 'Path').fill(path)
        await field(entry, 'What is in the file').fill('hello')
      }
      await button(dialog(page()), 'Add a command').click()
      await field(dialog(page()), 'Command 1').fill('echo one')
      await field(dialog(page()), 'Memory of the building VM').fill('64Mi')
      await confirm(person(), 'Build')
      const build = line('golden', 'Builds')
      await button(build, 'Log').click()
      await button(dialog(page()), 'Close').last().click()
      await button(build, /^Actions of golden-/).click()
      await page()
        .getByRole('menuitem', { name: /^Cancel/ })
        .click()
      await confirm(person(), 'Cancel the build')
      await build.getByText('Cancelled', { exact: true }).waitFor()
      const [name = ''] = (await host().kubectl('get', 'imagebuild', '-n', 'default', '-o', 'name')).trim().split('\n')
      const { customise } = JSON.parse(await host().kubectl('get', name, '-n', 'default', '-o', 'json')).spec
      expect(customise).toMatchObject({
        users: [{ name: 'ann', sudo: true }],
        files: [{ path: '/etc/one', content: 'hello' }, { path: '/etc/two' }],
        commands: ['echo one'],
      })
    })

    it('is kept fresh by a schedule, which is changed and taken away', async () => {
      await add(/^Keep an image fresh/)
      await field(dialog(page()), 'Name of the image').fill('daily')
      await pick('Who may use it', 'Those of default')
      await pick('Where to look', 'A disk')
      await pick('Disk', /default\/ledger/)
      await field(dialog(page()), 'Disk size').fill('20Mi')
      await dialog(page()).getByText('Every day at 03:00 (UTC)').waitFor()
      await confirm(person(), 'Keep it fresh')
      const schedule = line('daily', 'Kept fresh')
      await schedule.getByText('Up to date').waitFor()
      await button(schedule, 'Actions of daily').click()
      await page()
        .getByRole('menuitem', { name: /^Change/ })
        .click()
      await field(dialog(page()), 'How many imports are kept').fill('5')
      await confirm(person(), 'Save')
      await schedule.getByText('1 of 5').waitFor()
      await button(schedule, 'Actions of daily').click()
      await page()
        .getByRole('menuitem', { name: /^No longer keep/ })
        .click()
      await dialog(page()).getByText('stay as they are').waitFor()
      await confirm(person(), 'No longer keep fresh')
      await schedule.waitFor({ state: 'detached' })
      await line('daily').getByText('Ready').waitFor()
    })

    it('goes with all its versions, and what was made from it stays', async () => {
      await (await menu('golden', /^Delete/)).click()
      await dialog(page()).getByText('Its disk golden-v1 goes with it').waitFor()
      await dialog(page())
        .getByText(/all (its|their) data/)
        .waitFor()
      await confirm(person(), 'Delete')
      await line('golden').waitFor({ state: 'detached' })
      await eventually(async () => isGone('dv', 'golden-v1'), patient('its disk to go'))
      expect(await read('dv', 'from-golden', '.status.phase')).toBe('Succeeded')
    })
  })
}
