import { useMessages } from '../../i18n/index.ts'
import { Page } from '../../ui/index.ts'

export function HomePage() {
  const t = useMessages('home')
  return <Page title={t('title')}>{null}</Page>
}
