import { expect, it } from 'vitest'
import { inWords } from './last-words.ts'

it.each([
  [
    'qemu-system-x86_64: -device {"driver":"virtio-net-pci","id":"nic-default","mac":"52"}: Duplicate device ID',
    'device nic-default (virtio-net-pci): Duplicate device ID',
  ],
  [
    'qemu-system-x86_64: -blockdev {"node-name":"a","driver":"qcow2","file":{"driver":"file","x":"}"}}: Image is corrupt',
    'blockdev a (qcow2): Image is corrupt',
  ],
  ['qemu-system-x86_64: terminating on signal 15', 'terminating on signal 15'],
  ['qemu-system-x86_64: -m 5T: cannot set up guest memory', '-m 5T: cannot set up guest memory'],
  ['-device {"driver":"broken', '-device {"driver":"broken'],
  ['-object {"qom-type":"rng","id":"r"}: one\n-object {}: two', 'object r (rng): one\nobject: two'],
])('%s', (text, words) => {
  expect(inWords(text)).toBe(words)
})
