#include "text/languages.h"

#include <string.h>

/* Abbreviations that may end a sentence end it where a word follows with which sentences often
 * begin; those that are last before a capital letter end it before any.  A word that is also an
 * ordinary one ("No.", "in.") is listed only where it is far more often the abbreviation. */

#define MONTHS_EN "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"

static const struct wp_language table[] = {
	{.code = "en",
		.name = "English",
		.never_last =
			"Adm Brig Capt Cmdr Col Cpl Dr Drs Eq Fig Figs Fr Ft Gen Gov Hon Lt "
			"Maj Messrs Mlle Mme Mr Mrs Ms Mt No Nos Op Pres Prof Profs Pvt Rep "
			"Reps Rev Sen Sens Sgt St Ste Supt Vol Vols approx ca cf e.g eg eq fig "
			"figs i.e ie nos pp v viz vol vols vs Atty Cdr Cllr Comdr Ens Lieut Mx "
			"Prin Ven",
		.may_be_last = MONTHS_EN
		" Assn Ave Blvd Bros Co Corp Dept Esq Inc Jr Ltd Rd Sr "
		"Univ al dept est inc Bldg Hwy Pkwy Sq Ph.D Mfg Intl Natl Govt "
		"Dist tel ext ed eds resp incl abbr pl sing Ariz Calif Colo Conn Fla "
		"Ill Mass Mich Minn Mont Nev Okla Penn Tenn Tex Wash Wis Wyo Mon Tue "
		"Tues Wed Thu Thurs Fri",
		.last_before_capital = "etc",
		.before_number =
			"p ch chap art sec sect pt par para app ex tab pl n no nr bk ll "
			"ln cl arts secs chs pts paras apps exs ver ed cap reg Reg No Ch Art "
			"Sec Pt c ca fol ser lib tit sched",
		.openers =
			"A According After All Also Although An And Another As At Because Before "
			"Both But By During Each For From He Her Here His How However If In It Its "
			"Many Most My Not On Our She Since So Some That The Their Then There These "
			"They This Those Though Thus To Under Until We What When Where While Who "
			"Why With You"},
	{.code = "fr",
		.name = "French",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"M MM Mme Mmes Mlle Mlles Mgr Dr Drs Pr Me Mes St Ste Sts Stes Cie Gal "
			"Cdt Cne Lt Col Vve cf env p.ex ex c.-à-d c.à.d fig figs n° tél boul bd "
			"av pl chap art vol pp éd coll dir adj prof Prof gén Gén cap Cap sgt",
		.may_be_last =
			"al janv févr avr juil sept oct nov déc apr J.-C jr Jr hab env "
			"suiv sq min max dép dépt arr ibid op cit loc litt s.l s.d S.A Inc Ltd "
			"Co Corp",
		.last_before_capital = "etc",
		.before_number =
			"p art chap sect fig vol n no nos t tom par al ann pl ch ligne v",
		.openers =
			"Le La Les L Un Une Des Il Elle Ils Elles On Ce Cet Cette Ces C Je Nous "
			"Vous Dans En Au Aux À A Pour Par Sur Mais Et Ou Si Son Sa Ses Leur Leurs "
			"Après Avant Depuis Lors Selon Comme Quand Cependant Ainsi Alors De Du D "
			"Tout Tous Toutes Avec Sans Sous Chez Entre Selon Puis Plus Notre Votre Mon "
			"Ma Mes Pourtant Toutefois Enfin",
		.elided = "c d j l m n s t ç qu jusqu lorsqu puisqu quoiqu quelqu presqu entr",
		.not_elided =
			"aujourd'hui prud'homme prud'hommes prud'homie presqu'île "
			"presqu'îles quelqu'un quelqu'une quelqu'uns quelqu'unes d'aucuns "
			" entr'acte entr'ouvert entr'ouverte",
		.enclitics =
			"-t-il -t-elle -t-on -t-ils -t-elles -il -elle -on -ils -elles -je -tu "
			"-nous -vous -le -la -les -lui -leur -moi -toi -y -en -ce"},
	{.code = "it",
		.name = "Italian",
		.never_last =
			"sig Sig sigg Sigg sig.ra Sig.ra sig.na Sig.na dott Dott dott.ssa "
			"Dott.ssa dr Dr prof Prof prof.ssa Prof.ssa avv Avv ing Ing arch Arch geom "
			"Geom rag Rag on On sen Sen mons Mons don gen Gen col Col cap Cap ten Ten "
			"magg Magg mar Mar brig cav Cav comm Comm S SS s ss cfr Cfr v fig figg tav "
			"es art artt Art pag pagg cap capp vol voll lett tel ca egr Egr spett Spett "
			"gent Gent ill rev Rev p.es ad.es cod d.l d.lgs D.Lgs reg L D.P.R n nn",
		.may_be_last =
			"al seg segg ss sec secc a.C d.C gen febb feb mar apr magg giu "
			"lug ag ago sett set ott nov dic jr Jr op cit ibid id min max cost civ "
			"pen proc amm pubbl leg succ mod modif all ult S.p.A S.r.l Inc Ltd Co Corp",
		.last_before_capital = "ecc etc",
		.before_number =
			"art artt n nn num p pp pag pagg cap capp par parr vol voll fig figg "
			"tab tav lett co comma sez cod all v vv st l",
		.openers =
			"Il Lo La I Gli Le L Un Una Uno Nel Nella Nei Nelle Nello Negli Nell Del "
			"Della Dei Delle Al Alla Ai Alle Dal Dalla In Con Per Di Da Su Tra Fra Ma E "
			"Ed Se Non Si È Questo Questa Questi Queste Quello Quella Chi Che Come "
			"Quando Dopo Prima Anche Inoltre Secondo Così Ogni Tutti Sono Era Egli Ella "
			"Essi Ciò Poi Qui Perché A Ad Sul Sulla",
		.elided = "*",
		.apocopes = "po mo de ne da fa sta va be di to ca e a o co su vo pie"},
	{.code = "ca",
		.name = "Catalan",
		.never_last =
			"Sr Sra Srs Sres Srta Dr Dra Prof Mn St Sta Gral Excm Excma Il·lm av Av c "
			"C pl Pl pg pàg núm núms fig vol cap art cf ex p.ex tel aprox",
		.may_be_last =
			"al a.C d.C gen febr abr jul ag set oct nov des min màx ibid op cit "
			"S.A S.L",
		.last_before_capital = "etc",
		.before_number = "art núm pàg pg p pp cap vol fig n t",
		.openers =
			"El La Els Les L Un Una En Na Al A De Del Dels Amb Per Però I Si No És Hi "
			"Aquest Aquesta Aquests Aquestes Això Quan Com Segons Després També Entre Tot "
			"Tots Ell Ella",
		.elided = "d l m n s t"},
	{.code = "de",
		.name = "German",
		.traits = WP_LANGUAGE_ORDINALS,
		.never_last =
			"Dr Prof Hr Fr Frl St Sr Hl hl Nr Nrn Bd Bde Abb Abs Abschn Art Aufl Bl Kap "
			"Tab Ziff Fig Anm Vgl vgl Vol bspw bzgl bzw ca etw evtl evt exkl ggf ggfs "
			"inkl insb insbes insges inzw jew lt max min mind od resp sog sogen sogn spez "
			"u urspr v verh vergl vorm z zzgl zz zw Dipl Ing Mag Kfm Hptm Lt Oblt Maj "
			"Gen Obst geb gen gest kath ev evang röm griech lat frz franz engl amerik dt "
			"ital russ span türk chin jap hebr arab Red Hrsg hrsg Verf ders dies ebd "
			" Stk i.d.R i.e z.B d.h u.a.m o.g s.o Sen Reg gegr a rd tägl wöchentl "
			"allg eigtl ehem einschl gem gemäß geg östl westl nördl südl stellv wiss math "
			"techn",
		.may_be_last =
			"Str str Pl Mio Mrd Tel Jan Feb Mär Apr Jun Jul Aug Sep Sept "
			"Okt Nov Dez Chr n.Chr v.Chr Jh Jhd Jhdt Jahrh Co Inc Ltd Corp al jr "
			"sen Std Min Sek ff f u.a u.ä o.ä u.U o.J Kl Gr Ver ggü",
		.last_before_capital = "usw etc usf",
		.before_number =
			"Nr Nrn Bd Bde S Abb Abs Art Kap Tab Ziff § Str Aufl Jg H Z V Vers "
			"Kl Gr Tel Fax p pp Reg Lit lit Ver",
		.openers =
			"Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Ich Wir Ihr Man In "
			"Im Am An Auf Aus Bei Beim Mit Nach Von Vom Zu Zum Zur Für Durch Um Über Unter "
			"Vor Als Wenn Da Dann Dort Doch Aber Und Oder Auch Nun Nur So Seit Seine Sein "
			"Ihre Diese Dieser Dieses Diesen Diesem Jeder Jede Hier Heute Während Nachdem "
			"Obwohl Weil Wie Was Wer Wo Warum Zwar Alle Allerdings Bis Dabei Damit Danach "
			"Daher Darum Jedoch Neben Nicht Noch Schon Sowohl Später Trotz Trotzdem Zudem "
			"Zwischen Außerdem Ferner Dies"},
	{.code = "el",
		.name = "Greek",
		.traits = WP_LANGUAGE_SEMICOLON | WP_LANGUAGE_HYPHENS,
		.never_last =
			"κ κκ κα κ.κ Κ Κος Κα Δρ δρ καθ Καθ π.χ πχ δηλ λ.χ βλ πρβλ αρ αριθ Αρ εδ "
			"παρ σελ σ κεφ τόμ εικ πίν τηλ Τηλ αγ Αγ Άγ οδ Στρ στρ Λεωφ ν Ν Ν.Δ Π.Δ π.δ "
			"υπ Υπ πρ Πρ τ γεν ταγμ συντ ασφ αντ  ο.π ό.π μτφ επιμ έκδ εκδ",
		.may_be_last =
			"εκ εκατ δισ δισεκ μ χιλ "
			"π.Χ μ.Χ κιλ γρ λεπ δευτ ώρ Ιαν Φεβ Μαρ Απρ Ιουν "
			"Ιουλ Αυγ Σεπ Σεπτ Οκτ Νοε Νοεμ Δεκ Α.Ε Ε.Π.Ε Ο.Ε κ.ε αι ευρ δρχ αν "
			"Corp Inc Ltd Co",
		.last_before_capital =
			"κλπ κ.λπ κ.λ.π κτλ κ.τ.λ κ.ά κά κ.α κ.ο.κ χλμ χμ τ.μ τ.χλμ μμ πμ μ.μ π.μ",
		.before_number =
			"αρ αριθ άρθ αρθ άρ παρ σελ σ κεφ τόμ τ εδ ν Ν τηλ πίν εικ στοιχ περ",
		.openers =
			"Ο Η Το Οι Τα Τον Την Του Της Των Τους Τις Στο Στη Στην Στον Στις Στα Στους "
			"Με Για Από Και Αλλά Όμως Δεν Να Θα Αν Ένας Μια Μία Ένα Αυτό Αυτός Αυτή Αυτά "
			"Αυτοί Όταν Όπως Ωστόσο Επίσης Είναι Σε Μετά Πριν Κατά Έτσι Ως Πως Πώς Τι Ποιος "
			"Πού Γιατί Εκείνη Εκείνος Σύμφωνα Ακόμη Επιπλέον Κύριε Κύριοι Κυρίες",
		.apocopes =
			"απ σ γι κι μ τ θ ν δ αλλ παρ μετ υπ κατ καθ ουτ ούτ μήτ α β γ ε στ ζ η"},
	{.code = "tr",
		.name = "Turkish",
		.traits = WP_LANGUAGE_DOTLESS_I | WP_LANGUAGE_ORDINALS,
		.never_last =
			"Dr Prof Doç Yrd Av Sn Hz Alb Yb Bnb Yzb Ütğm Tğm Ort Opr Uz Müh "
			"Mim bkz Bkz örn Örn yak krş St Mr Mrs Gen Org Korg Tüm Tuğ Ecz Öğr Gör",
		.may_be_last =
			"ör sf Cad Sok Sk Mah Apt Bul Blv A.Ş Ltd Şti Inc Co Corp M.Ö "
			"M.S İ.Ö İ.S Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara tel Tel s no "
			"No yy",
		.last_before_capital = "vb vs vd",
		.before_number = "s sf sy no No Nr md böl c cilt tel Tel şek çiz",
		.openers =
			"Bu Bir O Şu Ama Ancak Fakat Ve Ben Sen Biz Siz Onlar Her Hiç Çok Daha En "
			"Sonra Şimdi Bunun Bunlar Ne Neden Nasıl Kim İşte Böyle Öyle Evet Hayır Yani "
			"Çünkü Eğer Belki Artık Onun Bana Sana Ona Bütün Bazı İlk Son Türkiye",
		.sayings =
			"diye dedi dedim dediler der derler demiş demişti dediği diyor diyordu "
			"diyorlar diyerek deyip sordu sordum sormuş soruyor bağırdı deyince dediğinde "
			"diyen dercesine demek mi mı mu mü"},
	{.code = "fi",
		.name = "Finnish",
		.traits = WP_LANGUAGE_ORDINALS | WP_LANGUAGE_HYPHENS | WP_LANGUAGE_COLONS,
		.never_last =
			"esim mm ns ts t.s ks vrt ko k.o n os s tri toht prof dos "
			"maist kapt kenr ev evl mr mrs St synt s.o v.s toim huom vt ent nk "
			"nyk lv lis fil tekn lääket teol oik valt kand arv kirj lat kreik engl "
			"ruots saks ransk ven",
		.may_be_last =
			"jms jkr eKr jKr v klo puh nro kpl min sek h kk "
			"vk pv milj mrd e.Kr j.Kr al Inc Ltd Co Corp em k o ao v. "
			"tammik helmik maalisk huhtik toukok kesäk heinäk elok syysk lokak marrask jouluk",
		.last_before_capital = "jne ym yms tms j.n.e y.m mk",
		.before_number = "s ss nro n:o No luku kpl klo v art koh mom kuv taul puh vuos",
		.openers =
			"Se Hän Ne He Minä Sinä Me Te Tämä Nämä Tuo Ja Mutta Kun Jos Vaikka Myös "
			"Siellä Sitten Nyt Niin Joten Koska Ei En Eikä Mitä Mikä Missä Miten Miksi "
			"Kuka Tässä Tällä Siinä Sen Hänen On Oli Lisäksi Kuitenkin Ensin Esimerkiksi"},
	{.code = "ru",
		.name = "Russian",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"т.е т.н т.к см ср им св Св проф акад доц канд докт инж ген полк подп ред "
			"сост напр ул пр просп пл пер наб д кв корп стр ст гл рис табл илл прим п пп "
			"тов гр г-н г-жа мр миссис дер пос с о оз р б-х англ фр нем лат греч "
			"итал исп кит яп араб др.-греч род ум ок тел Тел Т Ф",
		.may_be_last =
			"пр тыс млн млрд трлн руб коп долл "
			"э час обл р-н янв фев февр мар апр июн июл авг сен сент окт ноя "
			"нояб дек и.о Inc Ltd Co Corp al",
		.last_before_capital =
			"г гг в вв т.д т.п др км м мм кг н.э мин сек ч чел экз шт кв.м кв.км",
		.before_number = "№ ст п пп гл рис табл стр с т вып кн ч разд д кв",
		.openers =
			"В Во На Он Она Оно Они И Но А По С Со Из К Ко От До За Для При Это Этот Эта "
			"Эти Так Как Когда Если Что Кто Не Ни Мы Вы Я Ты Все Всё Его Её Их После Также "
			"Однако Тогда Там Тут Здесь Где Уже Ещё Во У О Об Под Над Перед Через Согласно "
			"Позже Затем Кроме Среди Первый Первая Таким Несмотря Хотя"},
	{.code = "es",
		.name = "Spanish",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"Sr Sra Sres Sras Srta Dr Dra Dres Prof Profa D Dña Lic Ing Arq Gral Cnel "
			"Cap Tte Sgto Mons Pbro Fr St Sta Sto Excmo Excma Ilmo Ilma Rvdo av Av avda "
			"Avda c C Pza pza núm núms Núm pág págs Pág vol vols cap caps art arts fig "
			"figs cf cfr ej p.ej v.gr aprox tel Tel Vd Ud",
		.may_be_last =
			"al Uds Vds a.C d.C ene feb abr may jun jul ago sep sept "
			"oct nov dic min máx S.A S.L EE.UU JJ.OO ed eds ibid op cit Jr Inc "
			"Ltd Co Corp Cía",
		.last_before_capital = "etc a.m p.m km hab",
		.before_number = "art arts núm págs pág p pp cap vol fig n no t apdo inc lib",
		.openers =
			"El La Los Las Lo Un Una En Al A De Del Con Por Para Pero Y Si No Se Es Su Sus "
			"Este Esta Estos Estas Ese Esa Eso Esto Cuando Como Según Después También "
			"Entre Todo Todos Él Ella Ellos Además Aunque Sin Desde Durante Tras Que Qué"},
	{.code = "pt",
		.name = "Portuguese",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"Sr Sra Srs Sras Srta Dr Dra Drs Prof Profa D Eng Arq Gen Cel Cap Ten Sgt "
			"Pe Fr St Sta Sto Exmo Exma Ilmo Av av R núm pág págs vol vols cap art arts "
			"fig figs cf ex p.ex aprox tel Tel V.Exa",
		.may_be_last =
			"al a.C d.C jan fev mar abr mai jun jul ago set out nov dez S.A Ltda "
			"Cia ed eds ibid op cit Jr Inc Ltd Co Corp",
		.last_before_capital = "etc km hab",
		.before_number = "art arts núm n nº p pp pág págs cap vol fig t inc al",
		.openers =
			"O A Os As Um Uma Em No Na Nos Nas Ao À De Do Da Dos Das Com Por Para Mas E "
			"Se Não É Este Esta Estes Estas Esse Essa Isso Isto Quando Como Segundo Depois "
			"Também Entre Ele Ela Eles Elas Além Embora Sem Desde Durante Após Que"},
	{.code = "nl",
		.name = "Dutch",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"dhr mevr mw mej dr drs ir ing mr prof ds Dhr Mevr Mw Dr Drs Ir Ing Mr Prof "
			"Ds St bijv bv d.w.z dwz o.a i.p.v m.b.t t.o.v i.v.m n.a.v resp ca nr nrs blz "
			"pag afb fig art vgl zgn z.g gen kol kapt lt maj sgt t.a.v",
		.may_be_last =
			"e.a a.u.b jl jan feb mrt apr jun jul aug sept okt nov "
			"dec n.Chr v.Chr str Str tel Tel N.V B.V Inc Ltd Co Corp al min max",
		.last_before_capital = "enz etc e.d s.v.p",
		.before_number = "nr nrs blz p pp pag art afb fig hfst vol dl",
		.openers =
			"De Het Een In Op Van Voor Met Dit Deze Dat Die Hij Zij Ze Wij We Ik Je Er Als "
			"Toen Maar En Of Ook Na Bij Door Om Tot Uit Over Zijn Haar Hun Daar Daarna Hier "
			"Volgens Tijdens Niet Nu Wat Wie"},
	{.code = "sv",
		.name = "Swedish",
		.traits = WP_LANGUAGE_HYPHENS | WP_LANGUAGE_COLONS,
		.never_last =
			"t.ex bl.a d.v.s dvs s.k ca c:a dr Dr prof Prof hr fr St kap nr sid s jfr fig "
			"ung resp fil tekn med p.g.a pga fr.o.m t.o.m m.a.o i.e inkl exkl f.d",
		.may_be_last = "f.Kr e.Kr kl jan feb mars apr juni juli "
			       "aug sept okt nov dec st milj mdr tel Tel al Inc Ltd Co Corp",
		.last_before_capital = "m.m mm osv o.s.v etc m.fl mfl o.d",
		.before_number = "nr s sid kap kl fig par art vol",
		.openers =
			"Den Det De En Ett I På Av För Med Han Hon Vi Jag Du Ni Men Och Om När Som Där "
			"Här Detta Denna Dessa Efter Under Från Till Vid Hans Hennes Man Nu Så Vad Inte "
			"Enligt"},
	{.code = "da",
		.name = "Danish",
		.traits = WP_LANGUAGE_HYPHENS | WP_LANGUAGE_ORDINALS,
		.never_last =
			"bl.a dvs d.v.s f.eks feks fx ca dr Dr prof Prof hr fr St kap nr s jf jfr fig "
			"ang vedr inkl ekskl pga p.g.a iflg if evt cand mag kgl Kgl",
		.may_be_last =
			"f.Kr e.Kr kl jan feb mar apr jun jul "
			"aug sep sept okt nov dec mio mia stk tlf Tlf al Inc Ltd Co Corp",
		.last_before_capital = "m.m mv m.v osv o.s.v etc m.fl mfl o.l",
		.before_number = "nr s kap kl fig stk art bd",
		.openers =
			"Den Det De En Et I På Af For Med Han Hun Vi Jeg Du Men Og Hvis Når Som Der Her "
			"Dette Denne Disse Efter Under Fra Til Ved Hans Hendes Man Nu Så Hvad Ikke "
			"Ifølge"},
	{.code = "nb",
		.name = "Norwegian Bokmål",
		.traits = WP_LANGUAGE_HYPHENS | WP_LANGUAGE_ORDINALS,
		.never_last =
			"bl.a dvs d.v.s f.eks ca dr Dr prof Prof hr fr St kap nr s jf jfr fig ang vedr "
			"inkl ekskl pga p.g.a iflg evt cand mag kgl",
		.may_be_last =
			"f.Kr e.Kr kl jan feb mars apr juni juli "
			"aug sep sept okt nov des mill mrd stk tlf Tlf al Inc Ltd Co Corp",
		.last_before_capital = "m.m mv m.v osv o.s.v etc m.fl mfl o.l",
		.before_number = "nr s kap kl fig art bd",
		.openers =
			"Den Det De En Et I På Av For Med Han Hun Vi Jeg Du Men Og Hvis Når Som Der Her "
			"Dette Denne Disse Etter Under Fra Til Ved Hans Hennes Man Nå Så Hva Ikke "
			"Ifølge"},
	{.code = "cs",
		.name = "Czech",
		.traits = WP_LANGUAGE_ORDINALS | WP_LANGUAGE_HYPHENS,
		.never_last =
			"p pí sl Dr dr prof doc Ing ing Mgr Bc MUDr JUDr PhDr RNDr akad gen plk mjr kpt "
			"por sv Sv např tzv tj tzn resp cca č čís čp str s obr tab kap odst písm srov "
			"zejm popř příp ev nám ul tř tel Tel red ed r roč",
		.may_be_last =
			"př.n.l n.l stol st tis mil mld Kč hod min sek al a.s s.r.o led ún "
			"bř květ čvn čvc srp zář říj list pros Inc Ltd Co Corp",
		.last_before_capital = "atd apod aj km",
		.before_number = "č čís str s kap odst čl obr tab sv díl r roč písm",
		.openers =
			"V Ve Na Po Do Od Z Ze S Se K Ke O A Ale I Když Pokud Aby Tento Tato Toto Ten Ta To "
			"Ti On Ona Oni Jeho Její Jejich Je Byl Byla Bylo Podle Při Pro Před Mezi Také Už "
			"Jak Kde Kdo Co Proto Však Nyní Dnes"},
	{.code = "pl",
		.name = "Polish",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"dr hab prof mgr inż lek mec red gen płk ppłk mjr kpt por ppor sierż ks bp abp o "
			"św Św np tzw tj tzn m.in ok ul al pl os nr str s rys tab rozdz art ust pkt por zob "
			"pod pot wg ang łac fr niem ros wł gr d im",
		.may_be_last =
			"r w n.e p.n.e tys mln mld zł gr godz min sek Sp sp z.o.o S.A jr al wyd "
			"tel Tel stycz lut kwiet czerw lip sierp wrzes paźdz listop grud Inc Ltd Co Corp "
			"ww dn",
		.last_before_capital = "itd itp km",
		.before_number = "nr str s art ust pkt poz rozdz rys tab t tel godz vol",
		.openers =
			"W We Na Po Do Od Z Ze Za O A Ale I Gdy Kiedy Jeśli Jeżeli Ten Ta To Te Ci On Ona "
			"Oni Jego Jej Ich Jest Był Była Było Według Przy Dla Przed Między Także Już Jak "
			"Gdzie Kto Co Dlatego Jednak Teraz Dziś Nie Nad Pod"},
	{.code = "hu",
		.name = "Hungarian",
		.traits = WP_LANGUAGE_ORDINALS | WP_LANGUAGE_HYPHENS,
		.never_last =
			"dr Dr prof Prof id ifj özv Szt szt pl ún kb ill vö ld u.n gr br hg ford szerk "
			"fszt tel Tel sz old o köt",
		.may_be_last =
			"ill u kr Kr i.e i.sz e m u.o uo jan febr márc ápr máj jún júl aug szept okt nov "
			"dec Kft Rt Bt Zrt Nyrt Inc Ltd Co Corp",
		.last_before_capital = "stb",
		.before_number = "sz old o köt kb par bek",
		.openers =
			"A Az Egy És De Ha Nem Ez Ezt Ezek Azok Ő Ők Én Te Mi Ti Itt Ott Most Akkor Mert Hogy "
			"Már Még Csak Is Így Úgy Amikor Ezért Azonban Később"},
	{.code = "ro",
		.name = "Romanian",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"dl Dl dna Dna d-na d-l dr Dr prof Prof ing Ing conf lect asist gen col lt cpt Sf sf "
			"St nr Nr pag art alin lit cap vol fig cf ex de.ex str Str bd Bd tel Tel aprox cca",
		.may_be_last =
			"î.Hr d.Hr ian feb mar apr iun iul aug sept oct nov dec mil mld ed "
			"S.A S.R.L al Inc Ltd Co Corp",
		.last_before_capital = "etc ș.a ş.a km",
		.before_number = "nr art alin lit pag p pp cap vol fig",
		.openers =
			"În La De Din Pe Cu Pentru Dar Și Şi Dacă Nu Este Un O El Ea Ei Ele Acest Această "
			"Acești Aceste Acesta Aceasta Când Cum După Prin Sub Între Toate Astfel A Au Ce Se"},
	{.code = "uk",
		.name = "Ukrainian",
		.traits = WP_LANGUAGE_HYPHENS,
		.never_last =
			"т.зв див пор ім св Св проф акад доц канд інж ген полк ред напр вул просп пл пров буд "
			"кв стор ст гл рис табл п пп тов м с смт о оз англ фр нім лат грец рос пол тел",
		.may_be_last = "ст тис млн млрд грн коп дол н.е е год обл р-н січ лют бер "
			       "квіт трав черв лип серп вер жовт лист груд Inc Ltd Co Corp",
		.last_before_capital = "р рр т.д т.п ін км хв сек кг",
		.before_number = "№ ст п пп гл рис табл стор с т вип кн ч розд",
		.openers =
			"У В На Він Вона Воно Вони І Й Та Але А По З Із Зі К До Від За Для При Це Цей Ця Ці Так "
			"Як Коли Якщо Що Хто Не Ми Ви Я Ти Усі Всі Його Її Їх Після Також Однак Тоді Там Тут "
			"Де Вже Ще Про Під Над Перед Через Згідно"},
	{.code = "he", .name = "Hebrew", .openers = ""},
	{.code = "hi",
		.name = "Hindi",
		.never_last = "डॉ श्री प्रो पं स्व कु मि मिस्टर नं सं पृ",
		.may_be_last = "आदि रु कि.मी ई.पू",
		.before_number = "नं सं पृ रु"},
	{.code = "ar", .name = "Arabic", .never_last = "د أ م ص ج ط", .before_number = "ص ج ط"},
	{.code = "ko", .name = "Korean"},
	{.code = "vi",
		.name = "Vietnamese",
		.never_last = "TP Tp ThS TS GS PGS BS KS Q P tp",
		.last_before_capital = "v.v vv"},
	{.code = "zh", .name = "Chinese", .traits = WP_LANGUAGE_NO_SPACES},
	{.code = "ja", .name = "Japanese", .traits = WP_LANGUAGE_NO_SPACES},
	{.code = "th", .name = "Thai", .traits = WP_LANGUAGE_NO_SPACES},
	{.code = "lo", .name = "Lao", .traits = WP_LANGUAGE_NO_SPACES},
	{.code = "km", .name = "Khmer", .traits = WP_LANGUAGE_NO_SPACES},
	{.code = "my", .name = "Burmese", .traits = WP_LANGUAGE_NO_SPACES},
};

const struct wp_language *wp_language_at(size_t i)
{
	return i < sizeof table / sizeof table[0] ? &table[i] : NULL;
}

const struct wp_language *wp_language_find(const char *code)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].code, code) == 0)
			return &table[i];
	return NULL;
}

const char *wp_language_codes(void)
{
	return "ar ca cs da de el en es fi fr he hi hu it ja km ko lo my nb nl pl pt ro ru sv th "
	       "tr uk vi zh";
}
