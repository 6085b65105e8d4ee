/** Ready pieces of cloud-config, and putting one into a text somebody wrote: comments and order stay as they are. */

import { isSeq, parseDocument, type Document } from 'yaml'

export interface Snippet {
  id: string
  content: Readonly<Record<string, unknown>>
}

/** Their names and what they do are in the console's messages, by id. */
export const snippets: readonly Snippet[] = [
  { id: 'updates', content: { package_update: true, package_upgrade: true } },
  {
    id: 'agent',
    content: { packages: ['qemu-guest-agent'], runcmd: ['systemctl enable --now qemu-guest-agent || true'] },
  },
  { id: 'packages', content: { packages: ['curl', 'git', 'vim'] } },
  { id: 'timezone', content: { timezone: 'Europe/Berlin' } },
  { id: 'ntp', content: { ntp: { enabled: true } } },
  {
    id: 'file',
    content: {
      write_files: [{ path: '/etc/motd', permissions: '0644', content: 'Welcome.\n' }],
    },
  },
  { id: 'command', content: { runcmd: ['echo ready > /run/first-boot'] } },
  { id: 'swap', content: { swap: { filename: '/swapfile', size: 1_073_741_824 } } },
  {
    id: 'docker',
    content: { packages: ['docker.io'], runcmd: ['systemctl enable --now docker || true'] },
  },
  { id: 'webserver', content: { packages: ['nginx'], runcmd: ['systemctl enable --now nginx || true'] } },
]

/** The text with a snippet in it: lists grow, anything else is set. The text as it is where it is no YAML. */
export function withSnippet(text: string, { content }: Snippet): string {
  const document: Document = parseDocument(text.trim() === '' ? '#cloud-config\n{}\n' : text)
  if (document.errors.length > 0) return text
  // `{}` of an empty document would put everything on one line.
  if (document.toJS() === null || Object.keys(Object(document.toJS())).length === 0) {
    document.contents = document.createNode({ ...content })
    return headed(document.toString({ lineWidth: 0 }))
  }
  for (const [key, value] of Object.entries(content)) {
    const present = document.get(key)
    if (isSeq(present) && Array.isArray(value)) {
      const there = new Set(present.items.map((item) => JSON.stringify(item)))
      for (const entry of value) {
        const node = document.createNode(entry)
        if (!there.has(JSON.stringify(node))) present.add(node)
      }
    } else if (present === undefined) document.set(key, document.createNode(value))
  }
  return headed(document.toString({ lineWidth: 0 }))
}

function headed(text: string): string {
  return text.startsWith('#cloud-config') ? text : `#cloud-config\n${text}`
}
