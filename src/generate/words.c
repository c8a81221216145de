/* words: the word lists, in UTF-8; vocabulary.c encodes them as JSON text. */
#include "words.h"

#include <base.h>

/* clang-format off */
#define PLACES(X) \
    X("London, England", "51.50632", "-0.12714") \
    X("New York, NY", "40.71455", "-74.00712") \
    X("Los Angeles, CA", "34.05349", "-118.24532") \
    X("California - LA", "34.05349", "-118.24532") \
    X("Chicago, IL", "41.88415", "-87.63241") \
    X("San Francisco, CA", "37.77916", "-122.42005") \
    X("Nashville, TN.", "36.16778", "-86.77836") \
    X("Memphis, TN", "35.14968", "-90.04892") \
    X("Austin, Texas", "30.2676", "-97.74298") \
    X("Detroit, MI", "42.33168", "-83.04792") \
    X("New Orleans, LA", "29.95369", "-90.07771") \
    X("Seattle, WA", "47.60356", "-122.32944") \
    X("Toronto, Ontario, Canada", "43.64856", "-79.38533") \
    X("Montréal, Québec", "45.51228", "-73.55439") \
    X("Manchester, England", "53.4796", "-2.24881") \
    X("Glasgow, Scotland", "55.8578", "-4.24251") \
    X("Dublin, Ireland", "53.34376", "-6.24953") \
    X("Paris, France", "48.85692", "2.34121") \
    X("Berlin, Germany", "52.51607", "13.37699") \
    X("Düsseldorf", "51.21564", "6.77662") \
    X("Stockholm, Sweden", "59.33217", "18.06243") \
    X("Malmö, Sweden", "55.6033", "13.0013") \
    X("Reykjavík, Iceland", "64.14133", "-21.94286") \
    X("Oslo, Norway", "59.91228", "10.74998") \
    X("Helsinki, Finland", "60.17116", "24.93266") \
    X("Madrid, Spain", "40.42028", "-3.70577") \
    X("Córdoba, España", "37.87958", "-4.78024") \
    X("Lisboa, Portugal", "38.72572", "-9.15024") \
    X("São Paulo, Brasil", "-23.56287", "-46.65466") \
    X("Rio de Janeiro, Brazil", "-22.9767", "-43.19508") \
    X("Buenos Aires, Argentina", "-34.60852", "-58.37354") \
    X("México, D.F.", "19.43195", "-99.13315") \
    X("La Habana, Cuba", "23.13302", "-82.38304") \
    X("Kingston, Jamaica", "17.97037", "-76.79232") \
    X("Lagos, Nigeria", "6.45531", "3.39475") \
    X("Bamako, Mali", "12.65", "-7.99") \
    X("Cairo/القاهرة", "30.08374", "31.25536") \
    X("תל אביב", "32.06645", "34.77764") \
    X("Athens, Greece (Αθήνα)", "37.97615", "23.73647") \
    X("Москва", "55.75695", "37.61498") \
    X("Київ", "50.44142", "30.54424") \
    X("İstanbul", "41.01236", "28.97646") \
    X("Mumbai, India", "18.94017", "72.83483") \
    X("Bangkok, Thailand", "13.75333", "100.50477") \
    X("東京", "35.67048", "139.74092") \
    X("Seoul, 대한민국", "37.55651", "126.99993") \
    X("台北", "25.03982", "121.5592") \
    X("Sydney, New South Wales", "-33.86963", "151.20695") \
    X("Melbourne, Australia", "-37.81753", "144.96715") \
    X("Auckland, NZ", "-36.8467", "174.7657") \
    X("Port of Spain \"Town\"", "10.65", "-61.51") \
    X("North Carolina", "35.21962", "-80.01955") \
    X("Ohio", "40.19033", "-82.66947") \
    X("Georgia/Alabama", "32.83968", "-83.62758") \
    X("Null Island", "0.0", "0.0")

#define NAME(name, latitude, longitude) name,
#define COORDINATES(name, latitude, longitude) {latitude, longitude},
const struct coordinates location_coordinates[] = {PLACES(COORDINATES)};

/* As in the real data, a user agent with a comma is in quotation marks of its own. */
#define WEBKIT(system, version, browser) \
    "\"Mozilla/5.0 (" system ") AppleWebKit/" version " (KHTML, like Gecko) " browser "\""

#define TEXT(name, text) text,
#define WORDS(...) \
    {(const char *const[]){__VA_ARGS__}, ARRAY_LENGTH(((const char *const[]){__VA_ARGS__}))}

const struct word_table word_tables[LIST_COUNT] = {
[LIST_ADJECTIVES] = WORDS(
    "Golden", "Broken", "Electric", "Silent", "Midnight", "Crimson", "Hollow", "Lonely", "Wild",
    "Velvet", "Burning", "Frozen", "Secret", "Distant", "Sweet", "Bitter", "Little", "Restless",
    "Paper", "Plastic", "Holy", "Blue", "Black", "White", "Second", "Last", "First", "Perfect",
    "Northern", "Southern", "Invisible", "Heavy", "Gentle", "Crooked", "Salty", "Modern",
    "Ancient", "Quiet", "Neon", "Rusty"
),
[LIST_NOUNS] = WORDS(
    "River", "Mountain", "Heart", "Mirror", "Train", "Highway", "Summer", "Winter", "Garden",
    "Fire", "Rain", "Thunder", "Shadow", "Window", "Letter", "Kingdom", "Machine", "Ocean",
    "Island", "Morning", "Evening", "Sunday", "Monday", "Dream", "Memory", "Promise", "Stranger",
    "Sailor", "Dancer", "Soldier", "Angel", "Devil", "Horse", "Sparrow", "Tiger", "Wolf", "Rose",
    "Lily", "Stone", "Diamond", "Silver", "Engine", "Radio", "Telephone", "Avenue", "Station",
    "Harbor", "Lighthouse", "Desert", "Forest", "Valley", "Canyon", "Moon", "Star", "Comet",
    "Satellite", "Circus", "Parade", "Wedding", "Funeral", "Party", "Kitchen", "Attic", "Basement",
    "Bicycle", "Airplane", "Balloon", "Piano", "Violin", "Trumpet", "Drum", "Whisper", "Scream",
    "Silence", "Gravity", "Distance", "Tomorrow", "Yesterday", "Forever", "Nobody"
),
[LIST_PHRASES] = WORDS(
    "Dancing With", "Waiting For", "Don't Forget", "I Can't Leave", "Walking Through", "Back To",
    "No More", "Give Me", "You're My", "Running From", "Somewhere In", "Goodbye", "Hello", "All My",
    "She's My", "He Was My", "Let It", "We Are", "This Is Not My", "Songs For", "Under", "Beyond"
),
[LIST_SUFFIXES] = WORDS(
    "(Album Version)", "(Album Version)", "(LP Version)", "(Live)", "(Remastered)", "(Radio Edit)",
    "(2004 Digital Remaster)", "(Acoustic)", "(Instrumental)", "(12\" Mix)", "[Extended]",
    "- Demo", "(Part 1/2)", "(Skit)", "(Explicit)", "No. 3: Allegro \\ Andante"
),
[LIST_LATIN] = WORDS(
    "Corazón", "Mañana", "Canción", "Señorita", "Niño", "Sueños", "Última", "Ilusión", "Château",
    "Été", "Rêve", "Forêt", "Cœur", "Garçon", "Déjà", "Français", "Über", "Mädchen", "Straße",
    "Schöne", "Grüße", "Saudade", "Coração", "Canção", "Não", "São", "Ångström", "Förlåt", "Älska",
    "Björk", "Þór", "Æfintýri", "Żółty", "Dzień", "Łódź", "Příběh", "Žena", "Çiçek", "Güneş",
    "Işık", "Città", "Perché", "Ægir", "Ørsted", "Jöklar", "¿Dónde?", "¡Vamos!", "N'oublie"
),
[LIST_CYRILLIC] = WORDS(
    "Любовь", "Ночь", "Река", "Зима", "Дорога", "Небо", "Звезда", "Сердце", "Город", "Снег",
    "Песня", "Весна", "Ветер", "Море", "Огонь", "Тень", "Белая", "Чёрный", "Алёна", "Їжак",
    "Ґанок", "Ђурђевак"
),
[LIST_GREEK] = WORDS(
    "Αγάπη", "Θάλασσα", "Νύχτα", "Ουρανός", "Καρδιά", "Ήλιος", "Δρόμος", "Όνειρο", "Φεγγάρι",
    "Τραγούδι", "Χειμώνας", "Άνοιξη", "Ψυχή", "Ώρα"
),
[LIST_ARABIC] = WORDS(
    "حبيبي", "ليل", "قمر", "قلب", "شمس", "بحر", "نور", "روح", "طريق", "مدينة", "أغنية", "صباح",
    "یار", "دل"
),
[LIST_HEBREW] = WORDS(
    "שיר", "לילה", "אהבה", "שמש", "ים", "לב", "דרך", "ירושלים", "חלום", "רוח", "שלום", "אור"
),
[LIST_DEVANAGARI] = WORDS(
    "प्यार", "दिल", "रात", "चाँद", "सपना", "ज़िंदगी", "गीत", "बारिश", "नदी", "आकाश", "यादें", "सूरज"
),
[LIST_THAI] = WORDS(
    "รัก", "ใจ", "คืน", "ฝน", "ดาว", "ทะเล", "เพลง", "ฟ้า", "น้ำตา", "ความฝัน"
),
[LIST_CJK] = WORDS(
    "夜曲", "月亮", "愛情", "青春", "雨", "雪國", "天空", "風", "さくら", "ひかり", "東京", "ラブソング",
    "ロック", "夏休み", "사랑", "눈물", "하늘", "봄날", "밤", "𠮷野家", "渡邉󠄁"
),
[LIST_EMOJI] = WORDS(
    "🔥", "💔", "🎸", "🌙", "❤️", "👩‍🎤", "🏳️‍🌈", "✨", "🇧🇷", "👍🏽", "Party 🎉", "Ne🐍n"
),
[LIST_SYMBOLS] = WORDS(SYMBOLS(TEXT)),
[LIST_WOMEN] = WORDS(
    "Amelia", "Grace", "Hannah", "Sofia", "Nora", "Elena", "Ruby", "Violet", "Ivy", "Clara",
    "Alice", "Maya", "Zoë", "Chloé", "Lucía", "Renée", "Ingrid", "Astrid", "Fatima", "Leila",
    "Aisha", "Priya", "Mei", "Yuki", "Hana", "Naomi", "Esther", "Miriam", "Olga", "Svetlana",
    "Анна", "Martha", "Judith", "Paula", "Denise", "Yvonne", "Carmen", "Rosa", "Ines", "Bianca",
    "Marisol", "D'Arcy", "Anne-Marie", "Willow", "Hazel", "Stella", "Vera", "Wanda", "Gloria",
    "Tamara", "Noémie", "Żaneta", "Siobhán", "Ebony", "Josephine", "Frances", "Harriet", "Edith"
),
[LIST_MEN] = WORDS(
    "Oliver", "Henry", "Theodore", "Samuel", "Isaac", "Caleb", "Felix", "Hugo", "Oscar", "Leon",
    "Arthur", "Walter", "Victor", "Martin", "Diego", "José", "Andrés", "Jürgen", "Søren", "Łukasz",
    "Omar", "Yusuf", "Tariq", "Amir", "Arjun", "Ravi", "Kenji", "Hiro", "Wei", "Jun", "Ivan",
    "Дмитрий", "Dimitri", "Nikolai", "Pavel", "Marco", "Luca", "Enzo", "Matteo", "Rafael", "Bruno",
    "Tyrone", "Jerome", "Terrence", "Curtis", "Leroy", "Clifford", "Norman", "Ernest", "Wilbur",
    "Jean-Luc", "T'Challa", "Quentin", "Roderick", "Emmanuel", "Desmond", "Gustavo", "Óscar"
),
[LIST_SURNAMES] = WORDS(
    "Ashford", "Barlow", "Calloway", "Dempsey", "Ellington", "Fairbanks", "Gallagher", "Hargrove",
    "Iverson", "Jennings", "Kowalski", "Lindqvist", "McAllister", "Nakamura", "O'Brien", "Pemberton",
    "Quinn", "Ramírez", "Sandoval", "Thackeray", "Underwood", "Vasquez", "Whitaker", "Xu", "Yamada",
    "Zimmerman", "Abernathy", "Blackwood", "Castellanos", "Delacroix", "Eriksen", "Fontaine",
    "García", "Hollister", "Ibrahim", "Jankowski", "Khan", "Larsen", "Müller", "Nguyen", "Ortega",
    "Patel", "Rosenberg", "Stein", "Takahashi", "Ueda", "Villanueva", "Weaver", "Young", "Zhang",
    "Brown", "Carter", "Davis", "Evans", "Foster", "Green", "Hughes", "Kelly", "Lewis", "Morgan",
    "Nelson", "Owens", "Parker", "Reed", "Stone", "Turner", "Walsh", "Wood", "D'Angelo", "Núñez",
    "Björnsson", "Dvořák", "Çelik", "St. John", "van der Berg", "Al-Farsi"
),
/* Census areas. */
[LIST_METRO_AREAS] = WORDS(
    "New York-Newark-Jersey City, NY-NJ-PA", "Los Angeles-Long Beach-Anaheim, CA",
    "Chicago-Naperville-Elgin, IL-IN-WI", "Dallas-Fort Worth-Arlington, TX",
    "Houston-The Woodlands-Sugar Land, TX", "Washington-Arlington-Alexandria, DC-VA-MD-WV",
    "Philadelphia-Camden-Wilmington, PA-NJ-DE-MD", "Miami-Fort Lauderdale-West Palm Beach, FL",
    "Atlanta-Sandy Springs-Roswell, GA", "Boston-Cambridge-Newton, MA-NH",
    "San Francisco-Oakland-Hayward, CA", "Phoenix-Mesa-Scottsdale, AZ",
    "Riverside-San Bernardino-Ontario, CA", "Detroit-Warren-Dearborn, MI",
    "Seattle-Tacoma-Bellevue, WA", "Minneapolis-St. Paul-Bloomington, MN-WI",
    "San Diego-Carlsbad, CA", "Tampa-St. Petersburg-Clearwater, FL", "Denver-Aurora-Lakewood, CO",
    "St. Louis, MO-IL", "Baltimore-Columbia-Towson, MD", "Charlotte-Concord-Gastonia, NC-SC",
    "Portland-Vancouver-Hillsboro, OR-WA", "Orlando-Kissimmee-Sanford, FL",
    "San Antonio-New Braunfels, TX", "Pittsburgh, PA", "Sacramento--Roseville--Arden-Arcade, CA",
    "Cincinnati, OH-KY-IN", "Las Vegas-Henderson-Paradise, NV", "Kansas City, MO-KS",
    "Cleveland-Elyria, OH", "Columbus, OH", "Austin-Round Rock, TX",
    "Indianapolis-Carmel-Anderson, IN", "San Jose-Sunnyvale-Santa Clara, CA",
    "Nashville-Davidson--Murfreesboro--Franklin, TN", "Virginia Beach-Norfolk-Newport News, VA-NC",
    "Providence-Warwick, RI-MA", "Milwaukee-Waukesha-West Allis, WI", "Jacksonville, FL",
    "Oklahoma City, OK", "Memphis, TN-MS-AR", "Louisville/Jefferson County, KY-IN", "Richmond, VA",
    "New Orleans-Metairie, LA", "Hartford-West Hartford-East Hartford, CT", "Raleigh, NC",
    "Birmingham-Hoover, AL", "Buffalo-Cheektowaga-Niagara Falls, NY", "Salt Lake City, UT",
    "Rochester, NY", "Grand Rapids-Wyoming, MI", "Tucson, AZ", "Urban Honolulu, HI",
    "Tulsa, OK", "Fresno, CA", "Bridgeport-Stamford-Norwalk, CT", "Worcester, MA-CT",
    "Omaha-Council Bluffs, NE-IA", "Albuquerque, NM", "Bakersfield, CA", "Cañon City, CO",
    "Eureka-Arcata-Fortuna, CA", "Red Bluff, CA"
),
[LIST_USER_AGENTS] = WORDS(
    WEBKIT("Windows NT 6.1; WOW64", "537.36", "Chrome/38.0.2125.104 Safari/537.36"),
    WEBKIT("Windows NT 6.1; WOW64", "537.36", "Chrome/39.0.2171.71 Safari/537.36"),
    WEBKIT("Windows NT 6.3; WOW64", "537.36", "Chrome/38.0.2125.111 Safari/537.36"),
    WEBKIT("Windows NT 6.3; WOW64", "537.36", "Chrome/40.0.2214.93 Safari/537.36"),
    WEBKIT("Windows NT 6.2; WOW64", "537.36", "Chrome/38.0.2125.122 Safari/537.36"),
    WEBKIT("Windows NT 5.1", "537.36", "Chrome/38.0.2125.101 Safari/537.36"),
    WEBKIT("Windows NT 10.0; Win64; x64", "537.36", "Chrome/70.0.3538.77 Safari/537.36"),
    WEBKIT("Windows NT 10.0; Win64; x64", "537.36", "Chrome/70.0.3538.102 Safari/537.36"),
    WEBKIT("Macintosh; Intel Mac OS X 10_9_5", "537.36", "Chrome/38.0.2125.111 Safari/537.36"),
    WEBKIT("Macintosh; Intel Mac OS X 10_9_5", "600.1.17", "Version/7.1 Safari/537.85.10"),
    WEBKIT("Macintosh; Intel Mac OS X 10_10_1", "600.1.25", "Version/8.0 Safari/600.1.25"),
    WEBKIT("Macintosh; Intel Mac OS X 10_10_1", "537.36", "Chrome/39.0.2171.65 Safari/537.36"),
    WEBKIT("Macintosh; Intel Mac OS X 10_13_6", "605.1.15", "Version/12.0 Safari/605.1.15"),
    WEBKIT("Macintosh; Intel Mac OS X 10_14_1", "537.36", "Chrome/70.0.3538.77 Safari/537.36"),
    WEBKIT("Macintosh; Intel Mac OS X 10_8_5", "537.36", "Chrome/38.0.2125.104 Safari/537.36"),
    WEBKIT("X11; Linux x86_64", "537.36", "Chrome/38.0.2125.111 Safari/537.36"),
    WEBKIT("X11; Linux x86_64", "537.36",
           "Ubuntu Chromium/38.0.2125.111 Chrome/38.0.2125.111 Safari/537.36"),
    WEBKIT("X11; CrOS x86_64 11021.56.0", "537.36", "Chrome/70.0.3538.76 Safari/537.36"),
    WEBKIT("iPhone; CPU iPhone OS 8_1 like Mac OS X", "600.1.4",
           "Version/8.0 Mobile/12B411 Safari/600.1.4"),
    WEBKIT("iPhone; CPU iPhone OS 12_0_1 like Mac OS X", "605.1.15",
           "Version/12.0 Mobile/15E148 Safari/604.1"),
    WEBKIT("iPad; CPU OS 8_1 like Mac OS X", "600.1.4", "Version/8.0 Mobile/12B410 Safari/600.1.4"),
    WEBKIT("Linux; Android 4.4.4; Nexus 5", "537.36", "Chrome/38.0.2125.102 Mobile Safari/537.36"),
    WEBKIT("Linux; Android 9; Pixel 2", "537.36", "Chrome/70.0.3538.80 Mobile Safari/537.36"),
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:33.0) Gecko/20100101 Firefox/33.0",
    "Mozilla/5.0 (Windows NT 6.1; rv:33.0) Gecko/20100101 Firefox/33.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:33.0) Gecko/20100101 Firefox/33.0",
    "Mozilla/5.0 (Windows NT 6.3; WOW64; rv:34.0) Gecko/20100101 Firefox/34.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:63.0) Gecko/20100101 Firefox/63.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.9; rv:33.0) Gecko/20100101 Firefox/33.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.10; rv:34.0) Gecko/20100101 Firefox/34.0",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:33.0) Gecko/20100101 Firefox/33.0",
    "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:63.0) Gecko/20100101 Firefox/63.0",
    "Mozilla/5.0 (Android 9; Mobile; rv:63.0) Gecko/63.0 Firefox/63.0",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.0; Trident/5.0)",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; WOW64; Trident/6.0)",
    "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.17",
    WEBKIT("Windows NT 6.1; WOW64", "537.36",
           "Chrome/38.0.2125.101 Safari/537.36 OPR/25.0.1614.50"),
    WEBKIT("Windows NT 10.0; Win64; x64", "537.36",
           "Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763")
),
[LIST_PLACES] = WORDS(PLACES(NAME)),
};
/* clang-format on */
