/** What is shown once: a password that was made for this machine. */

import { useMessages } from '../../../i18n/index.ts'
import { Button, Buttons, CopyButton, KeyValues, Notice, Row, Section, Stack } from '../../../ui/index.ts'
import { loginUserAnnotation } from '@berth/view'
import styles from '../create.module.css'
import { consoleOf } from './console-of.ts'
import type { Deployed } from './use-deploy.ts'

export function DeployedNotice({ cluster, deployed }: { cluster: string; deployed: Deployed }) {
  const t = useMessages('create')
  const { machine, message, secrets } = deployed
  const user = machine.metadata.annotations?.[loginUserAnnotation]
  return (
    <div className={styles['narrow']}>
      <Stack gap={4}>
        <Notice tone="success" title={t('deploy.made', { name: machine.metadata.name ?? '' })}>
          {message}
        </Notice>
        <Section title={t('deploy.once')}>
          <Stack>
            <p>{t('deploy.onceText')}</p>
            <KeyValues
              facts={[
                ...(user === undefined ? [] : [{ label: t('guest.user'), value: user }]),
                ...secrets.map(({ name, value }) => ({
                  label: name === 'PASSWORD' ? t('guest.password') : name,
                  value: (
                    <Row>
                      <code>{value}</code>
                      <CopyButton text={value} />
                    </Row>
                  ),
                })),
              ]}
            />
            <Buttons>
              <Button kind="primary" icon="console" href={consoleOf(cluster, deployed)}>
                {t('deploy.open')}
              </Button>
            </Buttons>
          </Stack>
        </Section>
      </Stack>
    </div>
  )
}
