import { useMessages } from '../../i18n/index.ts'
import { CodeBlock, Dialog, Stack } from '../../ui/index.ts'

export function LinkDialog({ name, link, onClose }: { name: string; link: string; onClose: () => void }) {
  const t = useMessages('admin')
  return (
    <Dialog title={t('link.title', { name })} onClose={onClose} closeWord={t('ui:close')}>
      <Stack>
        <p>{t('link.about')}</p>
        <CodeBlock text={link} label={t('link.title', { name })} wrap />
      </Stack>
    </Dialog>
  )
}
