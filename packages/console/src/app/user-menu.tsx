import { useSession, useSignOut } from '../backend/index.ts'
import { changeLanguage, currentLanguage, languages, useMessages } from '../i18n/index.ts'
import { setPasswordPath } from '../routes/paths.ts'
import { Button, Menu, setAppearance, showToast, useAppearance, type Appearance, type MenuItem } from '../ui/index.ts'
import { showShortcuts } from './shortcuts/help-state.ts'

export function UserMenu() {
  const t = useMessages('app')
  const session = useSession()
  const signOut = useSignOut()
  const appearance = useAppearance()

  function choices<Name extends keyof Appearance>(name: Name, values: readonly Appearance[Name][]): MenuItem[] {
    return values.map((value) => ({
      id: `${name}-${value}`,
      label: t(`appearance.${name}.${value}`),
      checked: appearance[name] === value,
      onSelect: () => setAppearance({ [name]: value }),
    }))
  }

  const leave = async (): Promise<void> => {
    try {
      await signOut()
    } catch (error) {
      showToast({ text: error instanceof Error ? error.message : String(error), tone: 'danger' })
    }
  }

  return (
    <Menu
      label={t('user.menu')}
      align="end"
      groups={[
        { title: t('appearance.scheme.title'), items: choices('scheme', ['auto', 'light', 'dark']) },
        { title: t('appearance.contrast.title'), items: choices('contrast', ['auto', 'more', 'normal']) },
        { title: t('appearance.density.title'), items: choices('density', ['compact', 'comfortable']) },
        {
          title: t('user.language'),
          items: languages.map(({ code, name }) => ({
            id: code,
            label: name,
            checked: code === currentLanguage(),
            onSelect: () => void changeLanguage(code),
          })),
        },
        {
          items: [
            { id: 'shortcuts', label: t('user.shortcuts'), icon: 'keyboard', hint: '?', onSelect: showShortcuts },
            ...(session.password === undefined
              ? []
              : [{ id: 'password', label: t('user.password'), icon: 'settings' as const, href: setPasswordPath() }]),
            { id: 'out', label: t('user.signOut'), icon: 'sign-out', onSelect: () => void leave() },
          ],
        },
      ]}
    >
      <Button kind="quiet" icon="user" aria-haspopup="menu">
        {session.displayName}
      </Button>
    </Menu>
  )
}
