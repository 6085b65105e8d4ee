/** After a one-time link: a password, so that the next sign-in needs no link. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useChangePassword, useSession } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { useGo, useSearch } from '../../routes/navigation.tsx'
import { Button, Notice, PasswordField } from '../../ui/index.ts'
import { Card } from './card.tsx'
import { returnAddress } from './return-address.ts'
import styles from './sign-in.module.css'

export function SetPasswordPage() {
  const t = useMessages('sign-in')
  const { from } = useSearch()
  const go = useGo()
  const session = useSession()
  const change = useChangePassword()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [left, setLeft] = useState(false)
  const next = returnAddress(from)
  const hasOne = session.password === 'set'
  const { mutate, error, isPending } = useMutation({
    mutationFn: async () => change(hasOne ? { current, password } : { password }),
    onSuccess: () => go(next, { replace: true }),
  })
  const differs = left && again !== '' && again !== password
  return (
    <Card title={hasOne ? t('set.change') : t('set.title')}>
      <p className={styles['hint']}>{t('set.about', { user: session.displayName })}</p>
      {error !== null && (
        <Notice tone="danger" title={t('set.refused')}>
          {error.message}
        </Notice>
      )}
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault()
          setLeft(true)
          if (again === password) mutate()
        }}
      >
        {/* Password managers keep the password under this name. */}
        <input type="text" name="username" autoComplete="username" value={session.user} readOnly hidden />
        {hasOne && (
          <PasswordField
            label={t('set.current')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
          />
        )}
        <PasswordField
          label={t('set.password')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
        />
        <PasswordField
          label={t('set.again')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={again}
          error={differs ? t('set.differs') : undefined}
          onChange={(event) => setAgain(event.currentTarget.value)}
          onBlur={() => setLeft(true)}
          visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
        />
        <Button kind="primary" type="submit" busy={isPending}>
          {t('set.submit')}
        </Button>
        <Button kind="quiet" onClick={() => go(next, { replace: true })}>
          {hasOne ? t('ui:cancel') : t('set.later')}
        </Button>
      </form>
    </Card>
  )
}
