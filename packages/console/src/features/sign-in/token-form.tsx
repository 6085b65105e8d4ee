import { useState } from 'react'
import type { SignIn, SignInMethods } from '@berth/view'
import { useMessages } from '../../i18n/index.ts'
import { Button, PasswordField, SelectField } from '../../ui/index.ts'
import styles from './sign-in.module.css'

export interface TokenFormProps {
  busy: boolean
  clusters: SignInMethods['clusters']
  onSubmit: (proof: SignIn) => void
}

export function TokenForm({ busy, clusters, onSubmit }: TokenFormProps) {
  const t = useMessages('sign-in')
  const [token, setToken] = useState('')
  const [cluster, setCluster] = useState(clusters[0]?.id)
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit({ method: 'token', token: token.trim(), ...(cluster === undefined ? {} : { cluster }) })
      }}
    >
      {clusters.length > 1 && (
        <SelectField
          label={t('token.cluster')}
          data={clusters.map(({ id, name }) => ({ value: id, label: name }))}
          value={cluster ?? null}
          onChange={(value) => setCluster(value ?? undefined)}
          allowDeselect={false}
        />
      )}
      <PasswordField
        label={t('token.token')}
        description={t('token.about')}
        autoComplete="off"
        required
        withAsterisk={false}
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('token.show') }}
      />
      <Button kind="primary" type="submit" busy={busy}>
        {t('submit')}
      </Button>
    </form>
  )
}
