/** Fields for a server that wants to know who asks, or whose certificate not everybody trusts. */

import { useState, type ReactNode } from 'react'
import { missingOfAccess, type SourceSignIn, type SourceTrust } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { PasswordField, SelectField, TextAreaField, WordField, helpBelow } from '../../../ui/index.ts'
import type { Access, AccessNames } from './keep-access.ts'

const signInKinds = ['nobody', 'typed', 'secret'] as const satisfies readonly SourceSignIn['kind'][]
const trustKinds = ['usual', 'typed', 'map'] as const satisfies readonly SourceTrust['kind'][]

export interface SourceAccess {
  access: Access
  /** What is missing, in words. */
  reason: string | undefined
  /** For a form of columns. */
  fields: ReactNode
}

/** @param before names that are set already @param words S3 calls its user and password otherwise */
export function useSourceAccess(words: 'http' | 's3' | 'registry', before?: AccessNames): SourceAccess {
  const t = useMessages('storage')
  const [signInKind, setSignInKind] = useState<SourceSignIn['kind']>(
    (before?.secret ?? '') === '' ? 'nobody' : 'secret',
  )
  const [trustKind, setTrustKind] = useState<SourceTrust['kind']>((before?.certificates ?? '') === '' ? 'usual' : 'map')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [secret, setSecret] = useState(before?.secret ?? '')
  const [certificates, setCertificates] = useState('')
  const [map, setMap] = useState(before?.certificates ?? '')
  const signIn: SourceSignIn =
    signInKind === 'typed'
      ? { kind: 'typed', user, password }
      : signInKind === 'secret'
        ? { kind: 'secret', name: secret }
        : { kind: 'nobody' }
  const trust: SourceTrust =
    trustKind === 'typed'
      ? { kind: 'typed', certificates }
      : trustKind === 'map'
        ? { kind: 'map', name: map }
        : { kind: 'usual' }
  const missing = missingOfAccess(signIn, trust)
  const named = words === 's3' ? 's3' : 'other'
  return {
    access: { signIn, trust },
    reason: missing === undefined ? undefined : t(`access.${missing}`),
    fields: (
      <>
        <SelectField
          label={t('access.signIn')}
          inputWrapperOrder={[...helpBelow]}
          description={signInKind === 'typed' ? t('access.kept') : undefined}
          value={signInKind}
          allowDeselect={false}
          data={signInKinds.map((value) => ({
            value,
            label: value === 'typed' ? t(`access.typed.${named}`) : t(`access.signInKind.${value}`),
          }))}
          onChange={(value) => setSignInKind(signInKinds.find((each) => each === value) ?? signInKind)}
        />
        {signInKind === 'typed' && (
          <>
            <WordField label={t(`access.user.${named}`)} value={user} autoComplete="off" onWord={setUser} />
            <PasswordField
              label={t(`access.password.${named}`)}
              value={password}
              autoComplete="new-password"
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </>
        )}
        {signInKind === 'secret' && (
          <WordField label={t('access.secret')} help={t('access.secretHint')} value={secret} onWord={setSecret} />
        )}
        <SelectField
          label={t('access.trust')}
          value={trustKind}
          allowDeselect={false}
          data={trustKinds.map((value) => ({ value, label: t(`access.trustKind.${value}`) }))}
          onChange={(value) => setTrustKind(trustKinds.find((each) => each === value) ?? trustKind)}
        />
        {trustKind === 'typed' && (
          <TextAreaField
            label={t('access.certificates')}
            placeholder="-----BEGIN CERTIFICATE-----"
            rows={4}
            spellCheck={false}
            value={certificates}
            onChange={(event) => setCertificates(event.currentTarget.value)}
          />
        )}
        {trustKind === 'map' && (
          <WordField label={t('access.map')} help={t('access.mapHint')} value={map} onWord={setMap} />
        )}
      </>
    ),
  }
}
