/** The screen, and the sound that goes with it to whoever watches. */

import type { DeviceSpec, VideoModel } from '../../spec/devices.ts'
import { json, option } from './escape.ts'
import { sockets } from './open-files.ts'
import type { PciPlaces } from './pcie.ts'

/** Video memory, in MiB: KubeVirt's 16. */
const videoMemory = 16

/** On the root bus at a place of its own: firmware looks for the first screen. */
const place = { id: 'video', bus: 'pcie.0', addr: '0x1' }

const videoDevices: Record<VideoModel, Record<string, unknown>> = {
  // The one that firmware of both kinds, text consoles and every guest's framebuffer driver know.
  vga: { driver: 'VGA', ...place, vgamem_mb: videoMemory },
  bochs: { driver: 'bochs-display', ...place, vgamem: videoMemory * 1024 ** 2 },
  cirrus: { driver: 'cirrus-vga', ...place, vgamem_mb: videoMemory },
  virtio: { driver: 'virtio-vga', ...place },
  // Memory that the firmware sets up; not on any bus.
  ramfb: { driver: 'ramfb', id: 'video' },
}

const audio = 'audio'

/** QEMU's device type of a screen, to look up whether this QEMU has it. */
export function videoDriver(model: VideoModel): string {
  return String(videoDevices[model].driver)
}

export function displayArguments({ graphics, video = 'vga', sound }: DeviceSpec): string[] {
  // Sound goes to who is connected to the screen, or nowhere: a machine has no use for the host's sound card.
  const backend = sound === undefined ? [] : ['-audiodev', option('none', { id: audio })]
  if (!graphics) return [...backend, '-display', 'none']
  const vnc = option(`unix:${sockets.vnc}`, sound === undefined ? {} : { audiodev: audio })
  return [...backend, '-vnc', vnc, '-device', json(videoDevices[video])]
}

export function soundArguments({ sound }: DeviceSpec, places: PciPlaces): string[] {
  if (sound === undefined) return []
  const id = 'sound'
  if (sound === 'ac97') {
    return ['-device', json({ driver: 'AC97', id, ...places.conventional(), audiodev: audio })]
  }
  return [
    '-device',
    json({ driver: 'ich9-intel-hda', id, ...places.conventional() }),
    '-device',
    json({ driver: 'hda-duplex', bus: `${id}.0`, audiodev: audio }),
  ]
}
