export { languages, startMessages, loadMessages, changeLanguage, currentLanguage, useMessages } from './messages.ts'
export { stateWord, stateWords } from './state-word.ts'
export { useFormat, type Format } from './format.ts'
