import { useState } from 'react'
import type { SignIn } from '@berth/view'
import { useMessages } from '../../i18n/index.ts'
import { Button, PasswordField, TextField } from '../../ui/index.ts'
import styles from './sign-in.module.css'

export function PasswordForm({ busy, onSubmit }: { busy: boolean; onSubmit: (proof: SignIn) => void }) {
  const t = useMessages('sign-in')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit({ method: 'password', user, password })
      }}
    >
      <TextField
        label={t('password.user')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
      />
      <PasswordField
        label={t('password.password')}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
      />
      <Button kind="primary" type="submit" busy={busy}>
        {t('submit')}
      </Button>
    </form>
  )
}
