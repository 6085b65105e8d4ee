// A person who has just started Berth, in the browser and with nothing read: from the printed link to a guest that obeys, and back to
// an empty list. Then everything that the page of a machine can do to it.
import { guestMachine } from '@berth/testkit'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { visit } from '../browser.ts'
import type { Stage } from './stage.ts'
import {
  act,
  button,
  choose,
  confirm,
  dialog,
  field,
  header,
  heading,
  link,
  machineIs,
  menuItem,
  open,
  password,
  row,
  serialConsole,
  taskSays,
  type Person,
} from '../verbs.ts'

export function describeNewcomer({ browser, host }: Stage): void {
  let ann: Person

  beforeAll(async () => {
    ann = { ...(await visit(browser())), url: host().url }
  })
  afterEach(() => expect(ann.problems.splice(0)).toEqual([]))

  describe('a newcomer', () => {
    it('opens the printed link, and chooses a password', async () => {
      const { page } = ann
      await page.goto(printedLink())
      await heading(page, 'Choose a password').waitFor()
      await field(page, 'New password').fill(password)
      await field(page, 'New password, again').fill(password)
      await button(page, 'Save the password').click()
      await heading(page, 'Home').waitFor()
      // The code is no longer in the address, nor in what the back button leads to.
      expect(page.url()).toBe(`${host().url}/`)
    })

    it('deploys a machine from a template', async () => {
      const { page } = ann
      await link(page.getByRole('navigation', { name: 'Pages' }), 'Workloads').click()
      await link(page.getByRole('grid'), 'Create').or(link(page, 'Create')).first().click()
      await link(page, /^Tiny guest/).click()
      await field(page, 'Name').fill('first')
      await button(page, 'Deploy').click()
      await heading(page, 'first').waitFor()
      await machineIs(ann, 'Running')
    })

    it('is greeted by its guest, and types into it', async () => {
      const { page } = ann
      await choose(page, 'Console', 'Serial')
      const serial = serialConsole(ann, 'first')
      await serial.shows('Hello from first')
      await serial.type('echo "sum: $((40 + 2))"; free -k | head -2\n')
      await serial.shows('sum: 42')
      await serial.shows(/Mem: +\d{5} /)
    })

    it('gives it more memory, and restarts it', async () => {
      const { page } = ann
      await link(page, 'Configure').click()
      await field(page, 'Memory').fill('192Mi')
      await page.getByText('1 change · the server would take it').waitFor()
      await button(page, 'Review and save').click()
      const changes = dialog(page).getByRole('row', { name: /memory/ })
      expect(await changes.innerText()).toMatch(/128Mi\s+192Mi\s+Restart/)
      await confirm(ann, 'Save')
      await header(page).getByText('Changes wait for a restart').waitFor()
      await act(ann, 'Restart')
      await dialog(page).getByText('The guest is asked to shut down.').waitFor()
      await confirm(ann, 'Restart')
      await header(page).getByText('Changes wait for a restart').waitFor({ state: 'detached' })

      await link(page, 'Console').click()
      await choose(page, 'Console', 'Serial')
      const serial = serialConsole(ann, 'first')
      await serial.shows('Hello from first')
      await serial.type('free -k | head -2\n')
      await serial.shows(/Mem: +1\d{5} /)
    })

    it('finds out why another one does not start', async () => {
      const { page } = ann
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'nowhere' } }]
      const needy = guestMachine('needy', {
        spec(spec) {
          spec.domain.devices.disks = [{ name: 'data', disk: { bus: 'virtio' } }]
          spec.volumes = volumes
        },
      })
      await host().kubectl.with(needy, 'create', '-f', '-')
      await link(page.getByRole('navigation', { name: 'Pages' }), 'Workloads').click()
      await row(page, 'needy').getByText('▲').or(row(page, 'needy').getByRole('img')).first().waitFor()
      await row(page, 'needy').getByRole('rowheader').dblclick()
      await heading(page, 'needy').waitFor()
      const why = page.getByRole('region', { name: 'Why' })
      await why.getByText(/should be running/).waitFor()
      await why.getByText('nowhere').first().waitFor()
    })

    it.each(['needy', 'first'])('deletes %s, and is told before what goes', async (name) => {
      const { page } = ann
      await open(ann, `/machines/local/default/${name}`)
      await (await menuItem(ann, 'Delete')).click()
      await dialog(page).getByText('The machine goes.').waitFor()
      await confirm(ann, 'Delete')
      await heading(page, 'Workloads').waitFor()
      await taskSays(ann, `Delete: ${name} – Done`)
      await row(page, name).waitFor({ state: 'detached' })
      expect(await host().kubectl('get', 'vms', '-o', 'name')).not.toContain(name)
    })
  })

  function printedLink(): string {
    const [, printed = ''] = /^Console: (\S+)$/m.exec(host().session().stdout()) ?? []
    return printed
  }
}
