import type { useMessages } from '../../i18n/index.ts'
import type { DryRun } from './use-dry-run.ts'

/** The server's judgement in one line. */
export function sayingOf(dryRun: DryRun, t: ReturnType<typeof useMessages>): string {
  switch (dryRun.state) {
    case 'idle':
      return t('said.idle')
    case 'asking':
      return t('said.asking')
    case 'accepted':
      return t('said.accepted')
    case 'refused':
      return dryRun.error === undefined ? t('said.refused', { count: dryRun.problems.length }) : dryRun.error.message
  }
}
