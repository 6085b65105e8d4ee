// Files in a browser: a disk that is sent in two parts with a reload between them, and a machine that comes as a package (OVA).
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '@berth/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { patienceMs } from '../browser.ts'
import type { Stage } from './stage.ts'
import { describeImages } from './images.ts'
import { administrator, button, confirm, dialog, field, heading, open, type Person } from '../verbs.ts'

export function describeUploads({ browser, host }: Stage): void {
  const run = promisify(execFile)
  let ann: Person
  let folder: string
  const at = (name: string): string => join(folder, name)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-uploads-'))
    // More than one request carries.
    await writeFile(at('data.raw'), randomBytes(20 * 2 ** 20))
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', at('data.raw'), at('data.qcow2')])
    await writePackage()
    ann = await administrator(browser(), host())
  })
  afterAll(async () => rm(folder, { recursive: true, force: true }))
  afterEach(() => expect(ann.problems.splice(0)).toEqual([]))

  const item = (fields: Record<string, string | number>): string =>
    `<Item>${Object.entries(fields)
      .map(([name, value]) => `<rasd:${name}>${value}</rasd:${name}>`)
      .join('')}</Item>`

  async function writePackage(): Promise<void> {
    await writeFile(at('small.raw'), randomBytes(2 ** 20))
    await run('qemu-img', [
      'convert',
      '-O',
      'vmdk',
      '-o',
      'subformat=streamOptimized',
      '-f',
      'raw',
      at('small.raw'),
      at('shop-disk1.vmdk'),
    ])
    const disk = await readFile(at('shop-disk1.vmdk'))
    const descriptor = `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="r">
<References><File ovf:href="shop-disk1.vmdk" ovf:id="file1" ovf:size="${disk.length}"/></References>
<DiskSection><Disk ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="d1" ovf:fileRef="file1"/></DiskSection>
<VirtualSystem ovf:id="Web Shop"><VirtualHardwareSection>
${item({ InstanceID: 1, ResourceType: 3, VirtualQuantity: 2 })}
${item({ InstanceID: 2, ResourceType: 4, VirtualQuantity: 256, AllocationUnits: 'byte * 2^20' })}
${item({ InstanceID: 3, ResourceType: 6, ResourceSubType: 'lsilogic' })}
${item({ InstanceID: 4, ResourceType: 17, Parent: 3, AddressOnParent: 0, HostResource: 'ovf:/disk/d1', ElementName: 'Hard disk 1' })}
${item({ InstanceID: 5, ResourceType: 10, Connection: 'VM Network', ResourceSubType: 'VmxNet3', ElementName: 'Network adapter 1' })}
</VirtualHardwareSection></VirtualSystem></Envelope>`
    await writeFile(at('shop.ovf'), descriptor)
    await writeFile(at('shop.mf'), `SHA256(shop-disk1.vmdk)= ${createHash('sha256').update(disk).digest('hex')}\n`)
    await run('tar', ['-C', folder, '--format=ustar', '-cf', at('shop.ova'), 'shop.ovf', 'shop.mf', 'shop-disk1.vmdk'])
    // A name that leads elsewhere.
    await run('tar', [
      '-C',
      folder,
      '--format=ustar',
      '-cPf',
      at('evil.ova'),
      'shop.ovf',
      `--transform=s,shop-disk1,../up,`,
      'shop-disk1.vmdk',
    ])
  }

  const read = async (kind: string, name: string, path: string): Promise<string> =>
    host().kubectl('get', kind, name, '-n', 'default', '-o', `jsonpath={${path}}`)

  /** The line of a file in the list of uploads. */
  const line = ({ page }: Person, name: string) => page.getByRole('row').filter({ hasText: name })

  describe('a disk', () => {
    it('goes on after a reload, is checked, and becomes a disk and an image', async () => {
      const { page } = ann
      await open(ann, '/storage')
      await heading(page, 'Storage').waitFor()
      // The line hangs after the first part.
      let parts = 0
      await page.route('**/api/uploads/*', async (route) => {
        if (route.request().method() !== 'PATCH') return route.continue()
        parts += 1
        if (parts === 1) await route.continue()
      })
      await button(page, 'Upload a file').click()
      await dialog(page).getByLabel('File').setInputFiles(at('data.qcow2'))
      await dialog(page).getByText('The file holds a disk of 20 MiB (qcow2)').waitFor()
      await field(dialog(page), 'Name').fill('ledger')
      await field(dialog(page), 'SHA-256 (optional)').fill(
        createHash('sha256')
          .update(await readFile(at('data.qcow2')))
          .digest('hex'),
      )
      await dialog(page).getByRole('checkbox', { name: 'Offer it as an image' }).check()
      await confirm(ann, 'Upload')
      await eventually(async () => parts > 1, { what: 'the first part to be sent', timeoutMs: patienceMs })
      await open(ann, '/catalogue/uploads')
      await page.unrouteAll({ behavior: 'ignoreErrors' })
      await line(ann, 'data.qcow2').getByText('Interrupted').waitFor()
      await line(ann, 'data.qcow2').getByText('8 MiB of').waitFor()
      await button(line(ann, 'data.qcow2'), 'Go on').click()
      await dialog(page).getByLabel('File').setInputFiles(at('shop.ova'))
      await dialog(page).getByText('This is another file').first().waitFor()
      await dialog(page).getByLabel('File').setInputFiles(at('data.qcow2'))
      await confirm(ann, 'Go on')
      await line(ann, 'data.qcow2').waitFor({ state: 'detached' })
      await eventually(async () => (await read('dv', 'ledger', '.status.phase')) === 'Succeeded', {
        what: 'the disk to be filled',
        timeoutMs: patienceMs,
      })
      await open(ann, '/catalogue/images')
      await page.getByRole('row').filter({ hasText: 'ledger' }).first().waitFor()
      expect(await read('datasource', 'ledger', '.spec.source.pvc.name')).toBe('ledger')
    })

    it('that is not what was expected becomes nothing', async () => {
      const { page } = ann
      await open(ann, '/catalogue/uploads')
      await button(page, 'Upload a file').first().click()
      await dialog(page).getByLabel('File').setInputFiles(at('small.raw'))
      await field(dialog(page), 'Name').fill('wrong')
      await field(dialog(page), 'SHA-256 (optional)').fill('0'.repeat(64))
      await confirm(ann, 'Upload')
      await line(ann, 'small.raw').getByText('is not what it should be').waitFor()
      await button(page, 'Remove small.raw').click()
      await confirm(ann, 'Remove')
      await line(ann, 'small.raw').waitFor({ state: 'detached' })
    })
  })

  // With the disk that was sent.
  describeImages(() => ann, host)

  describe('a package', () => {
    it('is proposed as a VM with what will differ, and becomes it', async () => {
      const { page } = ann
      await open(ann, '/')
      await heading(page, 'Home').waitFor()
      await drop(await readFile(at('shop.ova')), 'shop.ova')
      await dialog(page).getByText('Hard disk 1 goes from SCSI (lsilogic) to virtio').waitFor()
      expect(await field(dialog(page), 'Name').inputValue()).toBe('web-shop')
      await field(dialog(page), 'Memory').fill('128Mi')
      await confirm(ann, 'Upload')
      await eventually(async () => (await read('vm', 'web-shop', '.metadata.name').catch(() => '')) !== '', {
        what: 'the VM',
        timeoutMs: patienceMs,
      })
      expect(await read('vm', 'web-shop', '.spec.template.spec.domain.memory.guest')).toBe('128Mi')
      expect(await read('dv', 'web-shop-disk0', '.status.phase')).toBe('Succeeded')
      await open(ann, '/catalogue/uploads')
      await page.getByText('No uploads').waitFor()
    })

    it('that is made to do harm is refused with its reason', async () => {
      const { page } = ann
      await drop(await readFile(at('evil.ova')), 'evil.ova')
      await dialog(page).getByText('names may have no folders').waitFor()
      await button(dialog(page), 'Cancel').click()
    })
  })

  /** As when somebody drags a file out of their folder onto the page. */
  async function drop(content: Buffer, name: string): Promise<void> {
    // As a text: it is made of what only a page has.
    const bytes = `Uint8Array.from(atob('${content.toString('base64')}'), (letter) => letter.charCodeAt(0))`
    const transfer = await ann.page.evaluateHandle(
      `(() => { const data = new DataTransfer(); data.items.add(new File([${bytes}], ${JSON.stringify(name)})); return data })()`,
    )
    for (const type of ['dragenter', 'dragover', 'drop'])
      await ann.page.dispatchEvent('#work', type, { dataTransfer: transfer })
  }
}
