/** Making machines: from a template with one short form, or step by step. */

import { useSearch } from '../../routes/navigation.tsx'
import { DeployPage } from './deploy/deploy-page.tsx'
import { Wizard } from './wizard.tsx'

export function CreatePage() {
  const { template } = useSearch()
  const [cluster = '', namespace = '', name = ''] = (template ?? '').split('/')
  if (name !== '') return <DeployPage key={template} cluster={cluster} namespace={namespace} name={name} />
  return <Wizard />
}
