/** Builds an image: a base, what is put on it, and the name it is published under. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { dataSources, imageBuilds, type ImageBuild } from '@berth/api'
import { clusterCalls, runRequest } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import {
  Button,
  Dialog,
  Form,
  Problem,
  SelectField,
  Stack,
  TagsField,
  TextAreaField,
  TextField,
  showToast,
} from '../../ui/index.ts'
import { usePlace } from '../storage/dialogs/place-fields.tsx'
import { isName, isQuantity } from '../storage/names.ts'
import { useLists } from './use-lists.ts'

const debian = 'debian'

export function NewBuildDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages('catalogue')
  const { place, fields } = usePlace()
  const images = useLists(dataSources)
  const [name, setName] = useState('')
  const [base, setBase] = useState(debian)
  const [size, setSize] = useState('')
  const [packages, setPackages] = useState<string[]>([])
  const [commands, setCommands] = useState('')
  const [user, setUser] = useState('')
  const [keys, setKeys] = useState('')
  const [path, setPath] = useState('')
  const [content, setContent] = useState('')
  const nameError = name !== '' && (!isName(name) || name.length > 38) ? t('builds.badName') : undefined
  const sizeError = size === '' || isQuantity(size) ? undefined : t('builds.badSize')
  const pathError = path === '' || path.startsWith('/') ? undefined : t('builds.badPath')
  const reason = (name === '' ? t('builds.noName') : nameError) ?? sizeError ?? pathError
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  const build = useMutation({
    async mutationFn() {
      const [namespace = '', source = ''] = base.split('/')
      const object: ImageBuild = {
        apiVersion: 'berth.dev/v1alpha1',
        kind: 'ImageBuild',
        metadata: { namespace: place.namespace, name: `${name}-${Date.now().toString(36)}` },
        spec: {
          from: base === debian ? { debian: { release: 'bookworm' } } : { dataSource: { namespace, name: source } },
          customise: {
            packages,
            commands: lines(commands),
            users: user === '' ? [] : [{ name: user, sshKeys: lines(keys), sudo: true }],
            files: path === '' ? [] : [{ path, content }],
          },
          publish: { name },
          ...(size === '' ? {} : { size }),
        },
      }
      const { group, version, resource } = imageBuilds
      const target = {
        cluster: place.cluster,
        group,
        version,
        resource,
        namespace: place.namespace,
        name: object.metadata.name ?? '',
      }
      await runRequest('build-image', { target, calls: [clusterCalls.create(imageBuilds, object)] })
    },
    onSuccess() {
      showToast({ text: t('builds.begun', { name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <Dialog
      title={t('builds.new')}
      size="large"
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={build.isPending} onClick={() => build.mutate()}>
          {t('builds.build')}
        </Button>
      }
    >
      <Stack>
        <Form columns={2}>
          <TextField
            label={t('builds.name')}
            value={name}
            error={nameError}
            onChange={(event) => setName(event.currentTarget.value.trim())}
          />
          {fields}
          <SelectField
            label={t('builds.base')}
            value={base}
            allowDeselect={false}
            data={[
              { value: debian, label: 'Debian 12' },
              ...images.items
                .filter(({ cluster }) => cluster === place.cluster)
                .map(({ item }) => {
                  const key = `${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`
                  return { value: key, label: key }
                }),
            ]}
            onChange={(value) => setBase(value ?? base)}
          />
          <TextField
            label={t('images.size')}
            placeholder="10Gi"
            value={size}
            error={sizeError}
            onChange={(event) => setSize(event.currentTarget.value.trim())}
          />
          <TagsField label={t('builds.packages')} value={packages} onChange={setPackages} />
          <TextField
            label={t('builds.user')}
            value={user}
            onChange={(event) => setUser(event.currentTarget.value.trim())}
          />
          <TextField
            label={t('builds.path')}
            placeholder="/etc/motd"
            value={path}
            error={pathError}
            onChange={(event) => setPath(event.currentTarget.value.trim())}
          />
        </Form>
        {user !== '' && (
          <TextAreaField
            label={t('builds.keys')}
            value={keys}
            onChange={(event) => setKeys(event.currentTarget.value)}
          />
        )}
        {path !== '' && (
          <TextAreaField
            label={t('builds.content')}
            value={content}
            onChange={(event) => setContent(event.currentTarget.value)}
          />
        )}
        <TextAreaField
          label={t('builds.commands')}
          value={commands}
          onChange={(event) => setCommands(event.currentTarget.value)}
        />
        {build.error !== null && <Problem title={t('builds.failed')} error={build.error} />}
      </Stack>
    </Dialog>
  )
}
