/** What can be done with an image or a version of it. What is not possible stays in its place and says why. */

import type { TFunction } from 'i18next'
import { deletionOfImage, isRetired, type BuildRow, type ImageGroup, type ImageRow } from '@berth/view'
import { createPath } from '../../../routes/paths.ts'
import { showToast, type MenuItem } from '../../../ui/index.ts'
import type { Ask } from './asked.ts'
import { makeNewest, setRetired } from './calls.ts'

interface Tools {
  t: TFunction
  ask: Ask
  /** The newest build of the image, which a next version begins with. */
  build?: BuildRow | undefined
}

export const machineFrom = ({ key }: ImageRow): string => createPath({ image: key })

/** Of the image as a whole. */
export function groupMenu(group: ImageGroup, { t, ask, build }: Tools): { items: MenuItem[] }[] {
  const { head, versions } = group
  const retired = isRetired(group)
  const newest = versions.find(({ current }) => current) ?? head
  const all = [head, ...versions.filter(({ key }) => key !== head.key)]
  const several = versions.length > 0
  const hosts = head.origin.kind === 'host'
  const next: MenuItem =
    build === undefined || !several
      ? {
          id: 'next',
          label: t(several ? 'images.nextVersion' : 'images.buildFrom'),
          icon: 'template',
          reason: notReady(head, t),
          onSelect: () => ask({ kind: 'build', base: head }),
        }
      : {
          id: 'next',
          label: t('images.nextVersion'),
          icon: 'template',
          onSelect: () => ask({ kind: 'build', again: build }),
        }
  return [
    { items: [...fromItems(head, { t, ask }), next] },
    {
      items: [
        {
          id: 'publish',
          label: t('images.publish'),
          icon: 'open',
          reason: notReady(newest, t),
          onSelect: () => ask({ kind: 'publish', row: newest }),
        },
        retireItem(all, { t, retired }),
      ],
    },
    {
      items: [
        {
          id: 'delete',
          label: t(head.origin.kind === 'copy' || newest.origin.kind === 'copy' ? 'images.withdraw' : 'images.delete'),
          icon: 'remove',
          danger: true,
          reason: hosts ? t('images.refused.of-host', { name: head.name }) : undefined,
          onSelect: () => ask({ kind: 'delete-all', group }),
        },
      ],
    },
  ]
}

/** Of one version. */
export function versionMenu(row: ImageRow, group: ImageGroup, { t, ask }: Tools): { items: MenuItem[] }[] {
  const { head } = group
  const { refused } = deletionOfImage(row, head)
  return [
    { items: fromItems(row, { t, ask }) },
    {
      items: [
        {
          id: 'newest',
          label: t('images.makeNewest'),
          icon: 'pin',
          reason: row.current
            ? t('images.isNewest')
            : head.follows === undefined
              ? t('images.noHead')
              : notReady(row, t),
          onSelect: () =>
            void undoable(t('images.nowNewest', { name: row.name, image: row.image }), t, {
              act: async () => makeNewest(head, row),
              undo: async () => makeNewest(head, { namespace: head.namespace, name: head.follows ?? row.name }),
            }),
        },
        {
          id: 'publish',
          label: t('images.publish'),
          icon: 'open',
          reason: notReady(row, t),
          onSelect: () => ask({ kind: 'publish', row }),
        },
        retireItem([row], { t, retired: row.retired }),
      ],
    },
    {
      items: [
        {
          id: 'delete',
          label: t(row.origin.kind === 'copy' ? 'images.withdraw' : 'images.delete'),
          icon: 'remove',
          danger: true,
          reason: refused === undefined ? undefined : t(`images.refused.${refused.part}`, { ...refused }),
          onSelect: () => ask({ kind: 'delete', row, head }),
        },
      ],
    },
  ]
}

function fromItems(row: ImageRow, { t, ask }: Tools): MenuItem[] {
  return [
    { id: 'vm', label: t('images.newVm'), icon: 'workloads', reason: notReady(row, t), href: machineFrom(row) },
    {
      id: 'disk',
      label: t('images.newDisk'),
      icon: 'disk',
      reason: notReady(row, t),
      onSelect: () => ask({ kind: 'disk', row }),
    },
  ]
}

function notReady({ state }: ImageRow, t: TFunction): string | undefined {
  return state === 'ready' ? undefined : t('images.notReady')
}

function retireItem(rows: readonly ImageRow[], { t, retired }: { t: TFunction; retired: boolean }): MenuItem {
  const name = rows[0]?.name ?? ''
  const changed = rows.filter((row) => row.retired === retired)
  return {
    id: 'retire',
    label: t(retired ? 'images.bringBack' : 'images.retire'),
    icon: retired ? 'undo' : 'eye',
    ...(retired ? {} : { detail: t('images.retireText') }),
    onSelect: () =>
      void undoable(t(retired ? 'images.broughtBack' : 'images.nowRetired', { name }), t, {
        act: async () => setRetired(changed, !retired),
        undo: async () => setRetired(changed, retired),
      }),
  }
}

/** Done at once, since it can be taken back as easily. */
async function undoable(
  text: string,
  t: TFunction,
  { act, undo }: { act: () => Promise<void>; undo: () => Promise<void> },
): Promise<void> {
  const failed = (error: unknown): void =>
    showToast({ text: error instanceof Error ? error.message : String(error), tone: 'danger' })
  try {
    await act()
  } catch (error) {
    failed(error)
    return
  }
  showToast({ text, tone: 'success', action: { label: t('images.undo'), onSelect: () => void undo().catch(failed) } })
}
