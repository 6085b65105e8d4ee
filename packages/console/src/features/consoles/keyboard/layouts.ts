/**
 * Which character each key of a keyboard gives, by layout, in the order of `keyCodes` (key-codes.ts): alone, with Shift, with AltGr, with both. A
 * combining mark stands for a dead key; a space for a key that gives nothing there. The facts are those of the X keyboard database.
 */

/** Four texts as long as the list of keys. */
export type Layout = readonly [plain: string, shift: string, altGr: string, shiftAltGr: string]

export const layouts = {
  us: [
    "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
    '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|>ZXCVBNM<>?',
    '                                     |          ',
    '                                     ¦          ',
  ],
  'us-international': [
    '\u03001234567890-=qwertyuiop[]asdfghjkl;\u0301\\\\zxcvbnm,./',
    '\u0303!@#$%\u0302&*()_+QWERTYUIOP{}ASDFGHJKL:\u0308||ZXCVBNM<>?',
    "`¡²³¤€¼½¾‘’¥×äåé®þüúíóö«»áßðfghjœø¶'¬\\æx©vbñµç\u0307¿",
    '~¹\u030b\u0304£\u0327^ \u0328\u0306\u030a ÷ÄÅÉ®ÞÜÚÍÓÖ“”Á§ÐFGHJŒØ°"¦|ÆX¢VBÑµÇ\u030c ',
  ],
  gb: [
    "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
    '¬!"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?',
    '|¹²³€½¾{[]}\\\u0327@ſe¶ŧ←↓→øþ\u0308\u0303æßðđŋħ ĸł\u0301\u0302\u0300|«»¢„“”µ•· ',
    '|¡⅛£¼⅜⅝⅞™±°¿\u0328Ω§E®Ŧ¥↑ıØÞ\u030a\u0304ÆẞÐªŊĦ &Ł\u030b\u030c\u0306¦<>©‚‘’º×÷\u0307',
  ],
  de: [
    '\u03021234567890ß\u0301qwertzuiopü+asdfghjklöä#<yxcvbnm,.-',
    '°!"§$%&/()=?\u0300QWERTZUIOPÜ*ASDFGHJKLÖÄ\'>YXCVBNM;:_',
    '′¹²³¼½¬{[]}\\\u0327@ſ€¶ŧ←↓→øþ\u0308~æſðđŋħ ĸł\u030b\u0302’|»«¢„“”µ·…–',
    '″¡⅛£¤⅜⅝⅞™±°¿\u0328Ω§€®Ŧ¥↑ıØÞ\u030a¯ÆẞÐªŊĦ\u0307&Ł \u030c\u0306 ›‹©‚‘’º×÷—',
  ],
  ch: [
    "§1234567890'\u0302qwertzuiopü\u0308asdfghjklöä$<yxcvbnm,.-",
    '°+"*ç%&/()=?\u0300QWERTZUIOPè!ASDFGHJKLéà£>YXCVBNM;:_',
    '¬|@#¼½¬|¢]}\u0301\u0303@ſ€¶ŧ←↓→œþ[]æßðđŋħ ĸł\u0301{}\\«»¢„“”µ•· ',
    '¬¡⅛£$⅜⅝⅞™±°¿\u0328Ω§E®Ŧ¥↑ıŒÞ\u030a\u0304ÆẞÐªŊĦ &Ł\u030b\u030c\u0306¦<>©‚‘’º×÷\u0307',
  ],
  fr: [
    '²&é"\'(-è_çà)=azertyuiop\u0302$qsdfghjklmù*<wxcvbn,;:!',
    '~1234567890°+AZERTYUIOP\u0308£QSDFGHJKLM%µ>WXCVBN?./§',
    '¬¹~#{[|`\\^@]}æ«€¶ŧ←↓→øþ\u0308¤@ßðđŋħ ĸłµ\u0302\u0300|ł»¢„“”\u0301•· ',
    '¬¡⅛£$⅜⅝⅞™±°¿\u0328Æ<¢®Ŧ¥↑ıØÞ\u030a\u0304ΩẞÐªŊĦ &Łº\u030c\u0306¦Ł>©‚‘’\u030b×÷\u0307',
  ],
  'ch-fr': [
    "§1234567890'\u0302qwertzuiopè\u0308asdfghjkléà$<yxcvbnm,.-",
    '°+"*ç%&/()=?\u0300QWERTZUIOPü!ASDFGHJKLöä£>YXCVBNM;:_',
    '¬|@#¼½¬|¢]}\u0301\u0303@ſ€¶ŧ←↓→œþ[]æßðđŋħ ĸł\u0301{}\\«»¢„“”µ•· ',
    '¬¡⅛£$⅜⅝⅞™±°¿\u0328Ω§E®Ŧ¥↑ıŒÞ\u030a\u0304ÆẞÐªŊĦ &Ł\u030b\u030c\u0306¦<>©‚‘’º×÷\u0307',
  ],
  be: [
    '²&é"\'(§è!çà)-azertyuiop\u0302$qsdfghjklmùµ<wxcvbn,;:=',
    '³1234567890°_AZERTYUIOP\u0308*QSDFGHJKLM%£>WXCVBN?./+',
    '¬|@#¼½^{[{}\\\u0327@ſ€¶ŧ←↓→œþ[]æßðđŋħ ĸł\u0301\u0301\u0300\\«»¢„“”\u0327•·\u0303',
    '¬¡⅛£$⅜⅝⅞™±°¿\u0328Ω§¢®Ŧ¥↑ıŒÞ\u030a\u0304ÆẞÐªŊĦ &Ł\u030b\u030c\u0306\\<>©‚‘’º×÷\u0307',
  ],
  ca: [
    '#1234567890-=qwertyuiop\u0302\u0327asdfghjkl;\u0300<«zxcvbnm,.é',
    '|!"/$%?&*()_+QWERTYUIOP\u0302\u0308ASDFGHJKL:\u0300>»ZXCVBNM\'.É',
    '\\±@£¢¤¬¦²³¼½¾        §¶[]         ~{}°      µ¯­\u0301',
    '                                     ¦          ',
  ],
  es: [
    "º1234567890'¡qwertyuiop\u0300+asdfghjklñ\u0301ç<zxcvbnm,.-",
    'ª!"·$%&/()=?¿QWERTYUIOP\u0302*ASDFGHJKLÑ\u0308Ç>ZXCVBNM;:_',
    '\\|@#~½¬{[]}\\\u0327@ſ€¶ŧ←↓→øþ[]æßðđŋħ ĸł\u0303{}|«»¢„“”µ•· ',
    '\\¡⅛£$⅜⅝⅞™±°¿\u0328Ω§¢®Ŧ¥↑ıØÞ\u030a\u0304ÆẞÐªŊĦ &Ł\u030b\u030c\u0306¦<>©‚‘’º×÷\u0307',
  ],
  latam: [
    "|1234567890'¿qwertyuiop\u0301+asdfghjklñ{}<zxcvbnm,.-",
    '°!"#$%&/()=?¡QWERTYUIOP\u0308*ASDFGHJKLÑ[]>ZXCVBNM;:_',
    '¬|@·~½¬{[]}\\\u0327@ſ€¶ŧ←↓→øþ\u0308~æßðđŋħ ĸł~\u0302\u0300\\«»¢„“”µ•· ',
    '¬¡⅛£$⅜⅝⅞™±°¿\u0328Ω§¢®Ŧ¥↑ıØÞ\u030a\u0304ÆẞÐªŊĦ &Ł\u030b{}|<>©‚‘’º×÷\u0307',
  ],
  it: [
    "\\1234567890'ìqwertyuiopè+asdfghjklòàù<zxcvbnm,.-",
    '|!"£$%&/()=?^QWERTYUIOPé*ASDFGHJKLç°§>ZXCVBNM;:_',
    '¬¹²³¼½¬{[]}`~@ſ€¶ŧ←↓→øþ[]æßðđŋħ ĸł@#\u0300««»¢“”ñµ\u0301·\u0304',
    '¦¡\u030b\u0303⅛⅜⅝⅞™±\u0328¿\u0302Ω§¢®Ŧ¥↑ıØÞ{}ÆẞÐªŊĦ &Ł\u0327\u030a\u0306»<>©‘’Ñº×\u0308÷',
  ],
  pt: [
    "\\1234567890'«qwertyuiop+\u0301asdfghjklçº\u0303<zxcvbnm,.-",
    '|!"#$%&/()=?»QWERTYUIOP*\u0300ASDFGHJKLÇª\u0302>ZXCVBNM;:_',
    '¬¹@£§½¬{[]}\\\u0327@ſ€¶ŧ←↓→øþ\u0308\u0303æßðđŋħ ĸł\u0301\u0302\u0300\\«»¢„“”µ•· ',
    '¬¡⅛£$⅜⅝⅞™±°¿\u0328Ω§¢®Ŧ¥↑ıØÞ\u030a\u0304ÆẞÐªŊĦ &Ł\u030b\u030c\u0306\\<>©‚‘’º×÷\u0307',
  ],
  br: [
    "'1234567890-=qwertyuiop\u0301[asdfghjklç\u0303]\\zxcvbnm,.;",
    '"!@#$%\u0308&*()_+QWERTYUIOP\u0300{ASDFGHJKLÇ\u0302}|ZXCVBNM<>:',
    '¬¹²³£¢¬{[]}\\§/?°®ŧ←↓→øþ´ªæßðđŋħ ĸł\u0301~º\u030c«»©„“”µ•· ',
    '¬¡½¾¼⅜¨⅞™±°¿\u0328/?°®Ŧ¥↑ıØÞ`\u0304ÆẞÐªŊĦ &Ł\u030b^º\u0306<>©‚‘’µ×÷\u0307',
  ],
  se: [
    "§1234567890+\u0301qwertyuiopå\u0308asdfghjklöä'<zxcvbnm,.-",
    '½!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÖÄ*>ZXCVBNM;:_',
    '¶¡@£$€¥{[]}\\±@ſ€®þ←↓→œþ\u0308\u0303ªßðđŋħ ĸłøæ´|«»©„“”µ\u0327· ',
    '¾¹²³¼¢⅝÷«»°¿¬Ω§¢®Þ¥↑ıŒÞ\u030a\u030cºẞÐªŊĦ &ŁØÆ×¦<>©‚‘’º\u0328\u0307\u0307',
  ],
  no: [
    "|1234567890+\\qwertyuiopå\u0308asdfghjkløæ'<zxcvbnm,.-",
    '§!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLØÆ*>ZXCVBNM;:_',
    '¦¡@£$½¥{[]}±\u0301@ſ€®þ←↓→œπ\u0308\u0303ªßðđŋħ ĸł\u0301\u0302\u030b½«»©„“”µ\u0327…–',
    '¶¹²³¼‰⅝÷«»°¿¬Ω§¢™Þ¥↑ıŒΠ\u030a\u030cºẞÐªŊĦ &Ł\u030b\u030c×¾<>©‚‘’º\u0328·—',
  ],
  dk: [
    "½1234567890+\u0301qwertyuiopå\u0308asdfghjklæø'<zxcvbnm,.-",
    '§!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÆØ*>ZXCVBNM;:_',
    '¾¡@£$½¥{[]}±|@ſ€®þ←↓→œþ\u0308\u0303ªßðđŋħ ĸł\u0301\u0302\u030b\\«»©„“”µ\u0327· ',
    '¶¹²³¼¢⅝÷«»°¿¦Ω§¢®Þ¥↑ıŒÞ\u030a\u030cºẞÐªŊĦ &Ł\u030b\u030c×¬<>©‚‘’º\u0328\u0307\u0307',
  ],
  fi: [
    "§1234567890+\u0301qwertyuiopå\u0308asdfghjklöä'<zxcvbnm,.-",
    '½!"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÖÄ*>ZXCVBNM;:_',
    '  @£$‰‚{[]}\\\u0327qw€rþyuıœ \u030b\u0303əßðfghjĸ øæ\u030c|ʒ×cvbŋµ’ –',
    ' ¡”»«“„ <>°¿\u0328QW RÞYU|Œ \u030a\u0304ƏẞÐFGHJ  ØÆ\u0306¦Ʒ·CVBŊ—‘\u0307 ',
  ],
  pl: [
    "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
    '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|>ZXCVBNM<>?',
    '¬≠²³¢€½§·«»–\u0327πœę©ß←↓→óþ\u0308\u0303ąśðæŋ’ə…ł\u0301\u0302\u0300|żźć„”ńµ≤≥ ',
    '∨¡¿£¼‰∧≈¾±°—\u0328ΩŒĘ®™¥↑↔ÓÞ\u030a\u0304ĄŚÐÆŊ•Ə Ł\u030b\u030c\u0306¦ŻŹĆ‘“Ń∞×÷\u0307',
  ],
  cz: [
    ';+ěščřžýáíé=\u0301qwertzuiopú)asdfghjklů§\u0308\\yxcvbnm,.-',
    '\u030a1234567890%\u030cQWERTZUIOP/(ASDFGHJKL"!\'|YXCVBNM?:_',
    "`!@#$%^&*{}\\\u0304\\|€¶ŧ←↓→øþ[]~đĐ[]`'łŁ$'\\/°#&@{}^<>*",
    '~\u0303\u030c\u0302\u0306\u030a\u0328\u0300\u0307\u0301\u030b\u0308\u0327Ω§E®Ŧ¥↑ıØÞ÷×ÆẞÐªŊĦ &Ł\u030bß|¦<>©‚‘’º×÷\u0307',
  ],
  hu: [
    '0123456789öüóqwertzuiopőúasdfghjkléáűíyxcvbnm,.-',
    '§\'"+!%/=()ÖÜÓQWERTZUIOPŐÚASDFGHJKLÉÁŰÍYXCVBNM?:_',
    '¬~\u030c^\u0306\u030a\u0328`\u0307\u0301\u030b\u0308\u0327\\|Ä¶ŧ–€Í„”÷×äđĐ[]ħíłŁ$ß¤<>#&@{}<;>*',
    '¬\u0303ˇ\u0302˘°˛\u0300˙´˝¨¸Ω§E®Ŧ¥↑íØÞ\u030a\u0304ÄẞÐªŊĦÍ&Ł¢ẞ\u0306><>©‚‘’º×÷\u0307',
  ],
  tr: [
    '"1234567890*-qwertyuıopğüasdfghjklşi,<zxcvbnmöç.',
    "é!'^+%&/()=?_QWERTYUIOPĞÜASDFGHJKLŞİ;>ZXCVBNMÖÇ:",
    "<>£#$½¾{[]}\\|@ €¶₺←ûîô \u0308~âß ª     ´'`|«»¢„“”µ×·\u0307",
    '°¡²³¼⅜   ±°¿ Ω  ® ¥ÛÎÔ \u030a\u0304Â        \u0301\u030c\u0300¦<>©‚‘’º ÷\u0307',
  ],
} satisfies Record<string, Layout>

export type LayoutId = keyof typeof layouts
export const layoutIds = Object.keys(layouts) as LayoutId[] // the keys of a constant
