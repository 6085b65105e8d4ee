export { languages, startMessages, loadMessages, changeLanguage, currentLanguage, useMessages } from './messages.ts'
export { makeFormat, useFormat, type Format } from './format.ts'
