"""Signs that a text was damaged on its way: pinyin pasted in, traditional forms, broken encodings.

A catalog is law made readable; a damaged copy of it is worse than none. The importer refuses such a
text and shows each place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog_cache.finding.pinyin import SYLLABLES, toneless
from catalog_cache.finding.search_text import HAN

# Forms that standard simplified writing never uses (国家通用语言文字法 asks for the simplified ones).
# Every one of them is missing from GB 2312 and present in Big5; rare place-name characters are not here.
TRADITIONAL = frozenset(
    "並亂亞佈佔來侖侶俠倉個們倫偉側偵偽傘備傢傭傳傷僅僉僑僥僱價儀億儈儘優儲兌兒內兩冊凍凜凱別刪則剛剝創劃"
    "劉劍劑勁動務勝勞勢勳勵勸匯匱區協卻厭厲參叢吳吶員問啞啟喚喪喬單嗆嗇嗎嗚嘆嘔嘗嘩嘰噴噸嚀嚇嚐嚴囉囑國圍"
    "園圓圖團執堅堯報場塊塵墊墜墳墾壇壓壘壞壟壩壯壺壽夠夢奧奪奮妝姍娛婁婦媽嫵嬌嬰孫學孿宮寢實寧審寫寬寵寶"
    "將專尋對導屆屍屜屢層屬岡峽崗嶄嶇嶺嶼巋帥師帳帶幀幣幫幹幾庫廁廂廄廈廚廟廠廢廣廬廳張強彈彌彎彙彥徑從復"
    "徹惡惱愛態慘慣慫慶慾憂憊憐憑憤憲憶懇應懲懷懸懺戀戰戲戶拋掃掙掛揀揚換揮損搖搶摟摯摶摻撈撐撥撫撲撾撿擁"
    "擇擊擋擔據擠擬擰擱擲擴擺擾攏攔攜攝攪攬敗敘數斬斷時晉晝暈暢暫曉曠曬書會東條棄棗棟棧楊楓業極構槍樁樂樓"
    "標樞樣樸樹樺橋機檔檢檯檸櫃欄權歐歟歡歲歷歸殘殤殯殺殼毀氈氣決沒況洶涼淒淚淨淵減測渾湊湯準溝溫滄滅滬滲"
    "滾滿漁漢漬漲漸潑潔潤潰澀澗澤濁濃濕濘濟濤濫濱濺濾瀉瀋灑灘灣災為烏無煉煙煥煩熱燈燒燙營燭爍爐爛爭爺爾牘"
    "牽犧狀狹獄獅獎獨獲獵獸獻現瑣瑪環產畝畢畫異當瘋瘡療癢癱發盜盞監盤盧眾睜瞞矯確碼磚礎礦禍禦禪禮稅種稱積"
    "穩窪窮竅竊競筆筍節築簡簽籌糧糾紀約紅紋納純紗紙級紛細紹終組結絕絞絡給統絲絹綁經綜綠維網綿緊緒線締緣編"
    "練縣縮總績織繞繼續纔纖罰罷羅羈義習聖聞聯聰聲職聽肅脫腦腫腳腸膚膽臉臨臺與興舉舊艱茲莊莖華萬葉蓋蓮薦薩"
    "藍藝藥蘇蘋蘭處虛號虧蝕蟲蠟蠻術衛衝補裝裡製複褲褻襯襲見規視親覺覽觀觸訂計訊討訓託記訪設許訴診詐評詞詠"
    "詢試詩話該詳誇誠誤說誰課調談請論諸諾謀謂講謝謠證識譜譯議護讀變讓讚豈豎豐貓貝負財貢貧貨販貪貫責貯貴買"
    "貸費貼貿賃資賊賓賞賢賣賦質賬賴賺購贈贊贏趕趙踐蹤躍車軌軍軟較載輕輛輪輯輸轄轉辦辭農這連進運過達違遜遞"
    "遠適遲遷選遺遼還邊邏郵鄉鄧鄭鄰醫醬釀釋釘針鈔鈣鈴鉛銀銅銘銳鋒鋪鋼錄錢錦錯鍋鍵鎖鎮鏈鏡鐘鐵鑄鑿長門閃閉"
    "開閒間閘閱關陰陳陸陽隊階際隨險隱雙雜雞離難雲電霧靈靜鞏韓響頁頂項順須預頗領頭頸頻題顏願類顧顯風颱飛飯"
    "飲飾養餘館饋馬馮馳駐駕駛騎驗驚驟骯體髮鬆鬥鬧鬱魚魯鮮鳥鳳鳴鴨鵝鷹鹵麗麥麼黃點黨齊齋齒齡龍龐龜"
)
_LETTERS = "a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
_READING = re.compile(f"(?<=[{HAN}])[(（]\\s*([{_LETTERS}]{{2,8}}|[āáǎàēéěèōóǒò])\\s*[)）]", re.IGNORECASE)
_MOJIBAKE = re.compile("锟斤拷|烫烫烫|(?:[ÂÃäåæçèé][\u0080-\u00bf\u0152-\u0178\u2018-\u2122]{1,2}){2,}")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_AROUND = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """One damaged place. at: characters before it; message: Chinese, with the place shown."""

    at: int
    message: str


def damaged_spots(text: str) -> list[Spot]:
    """Every damaged place of a text, first to last; a stretch of traditional forms counts as one."""
    if text.isascii():
        return []
    return sorted(_spots(text), key=lambda spot: spot.at)


def damage(text: str) -> str:
    """The damage of a text in one Chinese line, the first two places shown; "" for a sound text."""
    spots = damaged_spots(text)
    more = f"等 {len(spots)} 处" if len(spots) > 2 else ""
    return "；".join(spot.message for spot in spots[:2]) + more


def texts_in(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a JSON value with its path."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts_in(inner, f"{where}.{name}" if where else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts_in(inner, f"{where}[{index}]")


def _spots(text: str) -> Iterator[Spot]:
    for found in _READING.finditer(text):
        syllable, has_mark = toneless(found[1])
        if has_mark or syllable in SYLLABLES:
            yield Spot(found.start(), f"第 {found.start() + 1} 字处夹有拼音“{_around(text, found)}”")
    last = -3 * _AROUND
    for at, char in enumerate(text if not TRADITIONAL.isdisjoint(text) else ""):
        if char in TRADITIONAL:
            if at - last > 2 * _AROUND:
                yield Spot(
                    at, f"第 {at + 1} 字“{char}”是繁体字（{text[max(at - _AROUND, 0) : at + _AROUND]}）"
                )
            last = at
    for pattern, name in ((_MOJIBAKE, "乱码"), (_PRIVATE, "自造字")):
        for found in pattern.finditer(text):
            yield Spot(found.start(), f"第 {found.start() + 1} 字处有{name}“{_around(text, found)}”")


def _around(text: str, found: re.Match[str]) -> str:
    return text[max(found.start() - 2, 0) : found.end() + 2]
