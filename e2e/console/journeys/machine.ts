// The page of a machine: all that can be done to it, its manifest as form and as text, its screen and its serial console.
import { eventually, guestGreeting, guestMachine } from '@berth/testkit'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Stage } from './stage.ts'
import {
  act,
  administrator,
  again,
  button,
  choose,
  confirm,
  dialog,
  field,
  header,
  machineIs,
  menuItem,
  openMachine,
  serialConsole,
  taskSays,
  typeOnScreen,
  whyNot,
  type Person,
} from '../verbs.ts'
import { editor } from '../yaml-editor.ts'

export function describeMachine({ browser, host }: Stage): void {
  let ann: Person
  let bob: Person

  beforeAll(async () => {
    await host().kubectl.with(guestMachine('box'), 'create', '-f', '-')
    ann = await administrator(browser(), host())
    bob = await again(browser(), ann)
  })
  afterEach(() => expect([...ann.problems.splice(0), ...bob.problems.splice(0)]).toEqual([]))

  /** Of this run of the machine, as `kubectl logs` has it. */
  const printed = async (): Promise<string> =>
    host().kubectl('logs', '--tail=-1', '-l', 'vm.kubevirt.io/name=box', '--prefix=false')
  const prints = (text: string, times = 1): Promise<unknown> =>
    eventually(async () => (await printed()).split(text).length > times, {
      what: `box to print ${text} ${times} times`,
      timeoutMs: 120_000,
      everyMs: 500,
    })

  describe('what can be done', () => {
    it('is greyed where the state rules it out, and says why', async () => {
      await openMachine(ann, 'box')
      await machineIs(ann, 'Running')
      expect(await whyNot(button(header(ann.page), 'Start'))).toMatch(/already running/)
      expect(await whyNot(button(header(ann.page), 'Stop'))).toBeUndefined()
      const elsewhere = await menuItem(ann, 'Move to another host')
      expect(await whyNot(elsewhere)).toContain('no other host')
      await ann.page.keyboard.press('Escape')
    })

    it('pause and resume', async () => {
      await act(ann, 'Pause', { confirm: true })
      await machineIs(ann, 'Paused')
      expect(await whyNot(await menuItem(ann, 'Reboot the guest'))).toContain('paused')
      await ann.page.keyboard.press('Escape')
      await act(ann, 'Resume')
      await machineIs(ann, 'Running')
    })

    it('reboot and reset, which the guest sees', async () => {
      await prints(guestGreeting)
      await act(ann, 'Reset', { confirm: true })
      await prints(guestGreeting, 2)
      await act(ann, 'Reboot the guest', { confirm: true })
      await prints(guestGreeting, 3)
    })
  })

  describe('its serial console', () => {
    it('connects again by itself through a restart', async () => {
      await openMachine(ann, 'box', 'console', '?kind=serial')
      const serial = serialConsole(ann, 'box')
      await serial.shows('Hello from box')
      await serial.type('echo "before"; cat /proc/sys/kernel/random/boot_id\n')
      await serial.shows(/before\n[0-9a-f-]{36}/)
      await act(ann, 'Restart', { confirm: true })
      await serial.shows(/before[^]*Hello from box/)
      await serial.type('echo "after"\n')
      await serial.shows(/\nafter\n/)
    })

    it('draws what the guest prints, and does nothing that it asks for', async () => {
      const serial = serialConsole(ann, 'box')
      const title = await ann.page.title()
      const asks = [
        '\\033]0;owned\\007',
        '\\033]52;c;b3duZWQ=\\007',
        '\\033]8;;javascript:alert(1)\\007',
        '\\033[8;2;2t',
      ]
      await serial.type(`printf '${asks.join('')}link\\033]8;;\\007<img src=x onerror=alert(2)>\\n'\n`)
      await serial.shows('link<img src=x onerror=alert(2)>')
      expect(await ann.page.title()).toBe(title)
      expect(await ann.page.locator('img[src="x"]').count()).toBe(0)
    })
  })

  describe('its screen', () => {
    it('shows the guest, which sees what is typed', async () => {
      await prints(guestGreeting)
      await openMachine(ann, 'box', 'console')
      await typeOnScreen(ann, 'box', 'echo "typed: $((20 + 3))" > /dev/ttyS0\n')
      await prints('typed: 23')
    })

    it('is not taken from somebody without asking; watching leaves it to them', async () => {
      await openMachine(bob, 'box', 'console')
      await bob.page.getByText(/is using this console/).waitFor()
      await button(bob.page.getByRole('status'), 'Only watch').click()
      await bob.page.getByRole('img', { name: 'Screen of box' }).waitFor()
      await typeOnScreen(ann, 'box', 'echo "still: $((20 + 4))" > /dev/ttyS0\n')
      await prints('still: 24')
    })

    it('says of a text beforehand what the keyboard of the guest has no key for, and types the rest', async () => {
      await button(ann.page, 'Paste').click()
      await field(dialog(ann.page), 'Text').fill('echo "pasted: $((20 + 5))→" > /dev/ttyS0\n')
      await dialog(ann.page).getByText('This keyboard has no key for one character').waitFor()
      await confirm(ann, 'Type it')
      await prints('pasted: 25')
    })

    it('is taken over by who insists, and the other is told', async () => {
      await button(bob.page, 'Only watch').click()
      await button(bob.page.getByRole('status'), 'Take over').click()
      await ann.page.getByText('Somebody else has taken this console over.').waitFor()
      await typeOnScreen(bob, 'box', 'echo "mine: $((20 + 6))" > /dev/ttyS0\n')
      await prints('mine: 26')
    })
  })

  // After all that needs a guest that has booted.
  describe('its power button', () => {
    it('stops and starts it', async () => {
      await openMachine(ann, 'box')
      await act(ann, 'Stop', { confirm: true })
      await machineIs(ann, 'Stopped')
      expect(await whyNot(button(header(ann.page), 'Stop'))).toMatch(/not running/)
      expect(await whyNot(button(header(ann.page), 'Pause'))).not.toBe('')
      await act(ann, 'Start')
      await machineIs(ann, 'Running')
      await act(ann, 'Stop at once', { confirm: true })
      await machineIs(ann, 'Stopped')
      await act(ann, 'Start')
      await machineIs(ann, 'Running')
      await taskSays(ann, 'Start: box – Done')
    })
  })

  describe('its manifest', () => {
    const note = '{"a": "b # no comment"}\t<b>&amp;</b>  '
    const wide = guestMachine('wide', {
      runStrategy: 'Halted',
      spec(spec) {
        // Nothing that the form knows.
        spec.subdomain = 'inner'
        spec.readinessProbe = { initialDelaySeconds: 7, tcpSocket: { port: 22 } }
      },
    })
    const now = async (name: string): Promise<{ spec: object; metadata: { annotations?: Record<string, string> } }> =>
      (await host().kubectl.json('get', 'vm', name)) as Awaited<ReturnType<typeof now>>

    beforeAll(async () => {
      wide.metadata.annotations = { 'example.com/note': note }
      await host().kubectl.with(wide, 'create', '-f', '-')
      await ann.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    })

    it('keeps every byte of it that was not changed, comments too, whether one types or uses the form', async () => {
      const before = await now('wide')
      await openMachine(ann, 'wide', 'configure', '?form=yaml')
      const text = await editor(ann).text()
      const [first = ''] = text.split('\n', 1)
      const commented = text.replace(first, `# why: odd hardware\n${first}   # kept as it stands`)
      await editor(ann).replace(commented)
      await choose(ann.page, 'Shown as', 'Form')
      await field(ann.page, 'Memory').fill('256Mi')
      await choose(ann.page, 'Shown as', 'YAML')
      expect(await editor(ann).text()).toBe(commented.replace('guest: 128Mi', 'guest: 256Mi'))
      await button(ann.page, 'Review and save').click()
      await dialog(ann.page).getByRole('rowheader').first().waitFor()
      expect(await dialog(ann.page).getByRole('rowheader').allInnerTexts()).toEqual([
        'spec.template.spec.domain.memory.guest',
      ])
      await confirm(ann, 'Save')
      const after = await now('wide')
      expect(JSON.stringify(after.spec)).toBe(JSON.stringify(before.spec).replace('"128Mi"', '"256Mi"'))
      expect(after.metadata.annotations).toEqual(before.metadata.annotations)
    })

    it('takes in what others change meanwhile elsewhere in it', async () => {
      await openMachine(ann, 'wide', 'configure')
      await field(ann.page, 'Memory').fill('320Mi')
      await host().kubectl('patch', 'vm', 'wide', '--type=merge', '-p', specPatch({ hostname: 'theirs' }))
      await ann.page.getByText('1 change by somebody else is merged into yours').first().waitFor()
      await button(ann.page, 'Review and save').click()
      await confirm(ann, 'Save')
      expect(await now('wide')).toMatchObject({
        spec: { template: { spec: { hostname: 'theirs', domain: { memory: { guest: '320Mi' } } } } },
      })
    })

    it('asks where both changed the same, and then keeps what was chosen beside all the rest', async () => {
      await field(ann.page, 'Memory').fill('384Mi')
      await field(ann.page, 'Host name').fill('mine')
      const theirs = specPatch({ subdomain: 'outer', domain: { memory: { guest: '64Mi' } } })
      await host().kubectl('patch', 'vm', 'wide', '--type=merge', '-p', theirs)
      await button(ann.page, 'Look and merge').click()
      const place = dialog(ann.page).getByRole('row', { name: /memory/ })
      expect(await place.innerText()).toMatch(/320Mi\s+384Mi\s+64Mi/)
      await choose(place, 'Keep for spec.template.spec.domain.memory.guest', 'Yours')
      await confirm(ann, 'Merge')
      await button(ann.page, 'Review and save').click()
      await confirm(ann, 'Save')
      expect(await now('wide')).toMatchObject({
        spec: { template: { spec: { hostname: 'mine', subdomain: 'outer', domain: { memory: { guest: '384Mi' } } } } },
      })
    })

    it('says at the field what the server would refuse, and does not save it', async () => {
      await field(ann.page, 'Memory').fill('lots')
      await ann.page.getByText('the server would refuse it').waitFor()
      expect(await whyNot(button(ann.page, 'Review and save'))).toBe('The server would refuse this')
      await button(ann.page, 'Revert all').click()
      expect(await field(ann.page, 'Memory').inputValue()).toBe('384Mi')
    })
  })

  const specPatch = (spec: object): string => JSON.stringify({ spec: { template: { spec } } })
}
