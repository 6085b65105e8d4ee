import { useMessages } from '../../i18n/index.ts'
import { Page } from '../../ui/index.ts'

export function SignInPage() {
  const t = useMessages('sign-in')
  return <Page title={t('title')}>{null}</Page>
}
