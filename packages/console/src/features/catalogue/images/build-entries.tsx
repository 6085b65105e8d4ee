/** The fields of one user and of one file of an image build. */

import type { ReactNode } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { CheckboxField, Form, SelectField, TextAreaField, TextField } from '../../../ui/index.ts'
import { contentKinds, type FileEntry, type UserEntry } from './build-form.ts'

/** What is wrong at a field below the entry: `.name`, or the entry itself. */
type ErrorAt = (field: string) => string | undefined

export function UserFields({
  user,
  onChange,
  error,
}: {
  user: UserEntry
  onChange: (next: UserEntry) => void
  error: ErrorAt
}): ReactNode {
  const t = useMessages('catalogue')
  const badKey = user.keys.split('\n').flatMap((_line, index) => error(`.sshKeys[${String(index)}]`) ?? [])[0]
  return (
    <>
      <Form columns={3}>
        <TextField
          label={t('builds.user')}
          placeholder="ann"
          value={user.name}
          error={user.name === '' ? undefined : error('.name')}
          onChange={(event) => onChange({ ...user, name: event.currentTarget.value.trim() })}
        />
        <TextField
          label={t('builds.passwordSecret')}
          value={user.secret}
          onChange={(event) => onChange({ ...user, secret: event.currentTarget.value.trim() })}
        />
        {user.secret !== '' && (
          <TextField
            label={t('builds.secretKey')}
            placeholder="password"
            value={user.secretKey}
            onChange={(event) => onChange({ ...user, secretKey: event.currentTarget.value.trim() })}
          />
        )}
      </Form>
      <TextAreaField
        label={t('builds.keys')}
        rows={2}
        spellCheck={false}
        placeholder="ssh-ed25519 AAAA… ann"
        value={user.keys}
        error={badKey ?? (user.name === '' ? undefined : error(''))}
        onChange={(event) => onChange({ ...user, keys: event.currentTarget.value })}
      />
      <CheckboxField
        label={t('builds.sudo')}
        checked={user.sudo}
        onChange={(event) => onChange({ ...user, sudo: event.currentTarget.checked })}
      />
    </>
  )
}

export function FileFields({
  file,
  onChange,
  error,
}: {
  file: FileEntry
  onChange: (next: FileEntry) => void
  error: ErrorAt
}): ReactNode {
  const t = useMessages('catalogue')
  return (
    <>
      <Form columns={2}>
        <TextField
          label={t('builds.path')}
          placeholder="/etc/motd"
          spellCheck={false}
          value={file.path}
          error={file.path === '' ? undefined : error('.path')}
          onChange={(event) => onChange({ ...file, path: event.currentTarget.value.trim() })}
        />
        <SelectField
          label={t('builds.contentFrom')}
          value={file.kind}
          allowDeselect={false}
          data={contentKinds.map((value) => ({ value, label: t(`builds.contentKind.${value}`) }))}
          onChange={(value) => onChange({ ...file, kind: contentKinds.find((kind) => kind === value) ?? file.kind })}
        />
        {file.kind !== 'content' && (
          <>
            <TextField
              label={t(`builds.contentKind.${file.kind}`)}
              value={file.name}
              onChange={(event) => onChange({ ...file, name: event.currentTarget.value.trim() })}
            />
            <TextField
              label={t('builds.secretKey')}
              value={file.key}
              onChange={(event) => onChange({ ...file, key: event.currentTarget.value.trim() })}
            />
          </>
        )}
        <TextField
          label={t('builds.mode')}
          placeholder="0644"
          value={file.mode}
          error={error('.mode')}
          onChange={(event) => onChange({ ...file, mode: event.currentTarget.value.trim() })}
        />
        <TextField
          label={t('builds.owner')}
          placeholder="root"
          value={file.owner}
          onChange={(event) => onChange({ ...file, owner: event.currentTarget.value.trim() })}
        />
      </Form>
      {file.kind === 'content' && (
        <TextAreaField
          label={t('builds.content')}
          rows={3}
          spellCheck={false}
          value={file.content}
          onChange={(event) => onChange({ ...file, content: event.currentTarget.value })}
        />
      )}
    </>
  )
}
