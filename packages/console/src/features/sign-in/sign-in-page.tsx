/** By one-time link, with user and password, or with a token of a cluster. */

import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { SignIn, SignInMethods } from '@berth/view'
import { BackendError, useMaySession, useSignIn, useSignInMethods } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { useGo, useSearch } from '../../routes/navigation.tsx'
import { setPasswordPath } from '../../routes/paths.ts'
import { Notice, Problem, Skeleton, Tabs } from '../../ui/index.ts'
import { Card } from './card.tsx'
import { pendingCode, takeCodeFromAddress } from './one-time-code.ts'
import { PasswordForm } from './password-form.tsx'
import { returnAddress } from './return-address.ts'
import styles from './sign-in.module.css'
import { TokenForm } from './token-form.tsx'

export function SignInPage() {
  const t = useMessages('sign-in')
  const { from: asked } = useSearch()
  // The address is the next page's while that page's code is still coming.
  const [from] = useState(asked)
  const go = useGo()
  const signIn = useSignIn()
  const session = useMaySession()
  const methods = useSignInMethods()
  const { mutate, error, isPending, variables } = useMutation({ mutationFn: async (proof: SignIn) => signIn(proof) })

  useEffect(() => {
    const tryCode = (): void => {
      takeCodeFromAddress()
      const code = pendingCode()
      if (code !== undefined) mutate({ method: 'code', code })
    }
    tryCode()
    // A second link, opened in the same tab.
    addEventListener('hashchange', tryCode)
    return () => removeEventListener('hashchange', tryCode)
  }, [mutate])

  const signedIn = session.data ?? undefined
  useEffect(() => {
    if (signedIn === undefined || isPending) return
    const next = returnAddress(from)
    go(signedIn.password === 'missing' ? setPasswordPath({ from: next }) : next, { replace: true })
  }, [signedIn, isPending, from, go])

  if ((isPending && variables.method === 'code') || signedIn !== undefined) {
    return (
      <Card title={t('title')}>
        <p role="status">{t('signingIn')}</p>
      </Card>
    )
  }
  return (
    <Card title={t('title')}>
      {error !== null && <Refused error={error} />}
      {methods.isError && (
        <Problem title={t('unreachable')} error={methods.error} onRetry={() => void methods.refetch()} />
      )}
      {methods.isPending && <Skeleton lines={3} />}
      {methods.data !== undefined && <Methods methods={methods.data} busy={isPending} onSubmit={mutate} />}
    </Card>
  )
}

function Refused({ error }: { error: Error }) {
  const t = useMessages('sign-in')
  const wait = error instanceof BackendError ? error.retryAfter : undefined
  return (
    <Notice tone="danger" title={t('refused')}>
      {wait === undefined ? error.message : t('wait', { count: wait })}
    </Notice>
  )
}

interface MethodsProps {
  methods: SignInMethods
  busy: boolean
  onSubmit: (proof: SignIn) => void
}

function Methods({ methods, busy, onSubmit }: MethodsProps) {
  const t = useMessages('sign-in')
  const [chosen, setChosen] = useState<'password' | 'token'>(methods.password ? 'password' : 'token')
  const forms = {
    password: <PasswordForm busy={busy} onSubmit={onSubmit} />,
    token: <TokenForm busy={busy} clusters={methods.clusters} onSubmit={onSubmit} />,
  }
  const hint = methods.code && <p className={styles['hint']}>{t('linkHint', { command: 'berth console --link' })}</p>
  if (methods.password && methods.token) {
    return (
      <>
        <div>
          <Tabs
            label={t('ways')}
            tabs={[
              { id: 'password', label: t('password.tab') },
              { id: 'token', label: t('token.tab') },
            ]}
            current={chosen}
            onChange={(id) => setChosen(id === 'token' ? 'token' : 'password')}
          >
            {forms[chosen]}
          </Tabs>
        </div>
        {hint}
      </>
    )
  }
  return (
    <>
      {methods.password && forms.password}
      {methods.token && forms.token}
      {hint}
    </>
  )
}
