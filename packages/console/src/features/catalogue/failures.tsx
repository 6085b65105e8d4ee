/** What could not be read, one line for each cluster; the rest of the page stands. */

import { useMessages } from '../../i18n/index.ts'
import { Problem } from '../../ui/index.ts'

export function Failures({
  failures,
  onRetry,
}: {
  failures: readonly { cluster: string; error: Error }[]
  onRetry: () => void
}) {
  const t = useMessages('catalogue')
  return failures.map(({ cluster, error }) => (
    <Problem key={cluster} title={t('unreadable', { cluster })} error={error} onRetry={onRetry} />
  ))
}
