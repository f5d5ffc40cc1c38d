"""Felicific: from an export of customer feedback to numbers one can trust. The map, in the order data takes.

errors              every error a user can meet, one line each
logs                what the program says of itself while it runs
schema              canonical columns, roles, scales, the two grains (response, mention)
settings            how a team counts a dataset: calendar, minimum base, bands, weights, terms of value
principal           who is asking
view.catalogue      translated sentences, read from gettext's text files
view.wording        sentences, numbers and days in the reader's language
measure.estimate    a number with its interval and base
view.filters        which responses: speaks SQL, words and URL
intake.packed       bytes of a file, out of .gz and .zip, never more than a bound
intake.delimited    text tables: encoding, separator
intake.documents    JSON, Parquet
intake.workbooks    sheets of workbooks
intake.read         a file becomes records, whatever its format
intake.profile      what stands in a column, measured over all rows
intake.dates        which form dates have
intake.scales       which scale answers are on
intake.breaks       whether a scale changes within the file
intake.roles        what a column is for, from its heading and values
intake.sources      which tool wrote the file (sources/*.toml)
intake.corrections  what people say about columns; what carries over to the next file
intake.vendors      what the vendor's description says about a column
intake.changes      … whether the form changed, looked for over the whole file
intake.mapping      the plan: every column with role, scale and stored name
intake.apply        records become typed frames; what cannot be read is counted
intake.personal     what finding personal data is made of
intake.credentials  … secrets, e-mail addresses
intake.numbers      … cards, accounts, addresses of computers
intake.places       … coordinates, streets
intake.phones       … telephone numbers
intake.privacy      personal data in a text is masked
intake.masking      … and in whole batches; customer ids become pseudonyms
intake.queries      the answer of a database query as a file
text.language       which language a comment is in
text.kinds          a comment read as what each word does in a clause
text.mentions       a comment becomes clauses
text.valence        VADER's lexicon and rules, read for many texts at once
text.sentiment_features  … with words and pairs of words, scaled
text.sentiment      a clause gets a score and the words that made it
text.calibration    … adapted to an upload's own ratings
text.emotions       … an emotion and an effort
text.phrases        phrases found fast, in any word form
text.paraphrase     ways of saying the same
text.embed          … a vector
text.taxonomy_nodes what a taxonomy is made of, read from TOML
text.taxonomy_model what a linear model learned about the default nodes
text.taxonomy       … a pillar, a touchpoint, a stage (taxonomies/*.toml)
text.taxonomy_edits a taxonomy changed by people, written and compared
text.topic_names    names, terms and quotes of topics
text.clusters       groups of vectors, and how many there are
text.topic_model    topics as they are kept with a dataset, and what assigns mentions to them
text.topics         … a topic found in the data
text.topic_edits    what people change about topics, done again at every run
text.understand     all of that for a batch of comments
<<<<<<< HEAD
store.bucket        versions in object storage, with copies on disk
store.places        where versions lie, in the home or in a bucket
store.datasets      versions of datasets (Parquet, DuckDB)
=======
store.scoped        tables as those see them who came by a share link
store.datasets      versions of datasets on disk (Parquet, DuckDB)
>>>>>>> main
store.grouped       mentions summed within their response, kept in facts
store.derived       a dataset with columns worked out while it is looked at
store.migrations.env what Alembic runs (its steps: store/migrations/versions)
store.migrating     the records' tables brought to today's form
store.database      where records lie: SQLite or PostgreSQL
store.records       what people do: jobs, settings (SQLAlchemy)
store.notes         what people write down: annotations, targets, benchmarks, names
store.practices     what a team answers about its own practices
store.audit         who did what
store.visits        browsers that were let in, passwords
store.links         share links
store.views         pages under a name: filters, period, parameters
store.ledger        every row accounted for: original, rejects, counts
store.staging       parts of an import, told apart, written as tables
store.vectors       what mentions mean, as numbers, beside a version
store.erasure       one customer erased everywhere
store.checking      whether what is stored fits together
store.archive       one file that holds others, read as a stranger's
store.portable      the records as text that any database takes
store.backup        everything a home holds in one file, and back
engine.local        where the work runs
incoming            a file before anything is stored: what it is, what people said of files like it
arrival             a batch of its rows: masked, on disk, its original packed
adapting            the sentiment model adapted to an upload by its ratings
grouping            every mention gets its topic
revising            what people changed, done again on what is stored
pipeline            the story on one screen
imports             files into a dataset: the next version, whole or not at all
edits               what people change about a dataset, kept and done
watching            a folder whose finished files are imported
jobs                an import outside the web process
measure.tally       additive counts by any dimension
measure.weights     response weights: raking to margins, effective base
measure.activity    which customers were active when
measure.cohorts     retention by cohort, by period, overall
measure.churned     … where a column says who left
measure.purchases   BG/NBD and Gamma-Gamma
measure.lifetime    what a customer will be worth (CLV)
measure.value       retention, churn, CLV; what a point of NPS is worth
measure.kpis        NPS, CSAT, CES, index, net sentiment … as estimates
measure.compare     is a difference real?
measure.cells       a KPI in every cell of two dimensions, and which cells differ
measure.mix         what share each value has, per group
measure.trends      periods, series, change
measure.consistency do channels agree; do detractors recover
measure.contrast    a KPI with a value and without it
measure.segments    which groups differ; numbers cut into ranges
measure.aspects     rated sides of the experience, summed with a KPI
measure.importance  how much each explains of it (relative weights)
measure.drivers     what moves a KPI, and what if
measure.attributes  what tells customers apart
measure.personas    groups of customers
measure.pillars     scores of the five pillars, what carries each
measure.practices   … and what a team says of itself (practices.toml)
measure.goals       targets
measure.benchmarks  what others report, beside ours
measure.contributions who made a change: segments, touchpoints, topics
measure.seasons     what repeats, what to expect next
measure.changepoints when the level changed
measure.anomalies   what is out of the ordinary
view.theme          colours and number formats
view.called         what our own values and headings are called in the reader's language
view.printing       the page on paper
view.taking         charts and tables as files
view.labels         where the names of points stand
view.wrapping       text in pictures, in lines that fit
view.charts         chart specs
view.driver_charts  what to do first, as pictures
view.overview       tiles and movers
view.scorecards     five pillars
view.practices      practice against perception
view.topics         topics with size, sentiment, change
view.timeline       a KPI over time, what was unusual, what comes next
view.drivers        what moves a KPI
view.compare        two groups side by side, and who differs most
view.dimensions     what pictures can be split by
view.heatmap        touchpoint × stage, or any other two
view.heat_chart     … its picture
view.moments        what delights and what hurts, with a quote
view.journey        stages from left to right: how they feel, who goes on
view.journey_chart  … its picture
view.emotions       which emotions, when and where
view.emotion_charts … their pictures
view.customers      who stays, what for, and who they are
view.goals          how targets stand, what others report
view.notes          annotations on charts over time
view.nodes          the taxonomy's nodes, and what an edit would move
view.headlines      the one sentence that matters
view.likeness       comments that mean about the same
view.conflicts      … whose words and rating contradict each other
view.search         comments, page by page, with their evidence
view.quotes         comments as HTML, literally
view.explained      what a KPI means, from the docs
view.cards          tiles and cards as HTML
view.briefing       the briefing: three to five sentences, each with its evidence
view.when           a period named in words
view.subjects       what a question is about
view.questions      what it asks
view.answers        what answers are made of
view.ask            … and the answer, from the data
share.guarding      what guests may filter by
share.roles         who may do what in team mode (roles.toml)
share.access        who asks
share.letters       pages that are not Streamlit's
share.doors         what stands before every answer
share.routes        opening a link, signing in
share.metrics       numbers on how the program does
telling             what the command line says
hosting             its commands for whoever runs it for others
noting              its commands for settings, annotations, targets, benchmarks, personas
opening             a dataset as the command line names it
measuring           comparisons, drivers, segments, trends, customers on the command line
keeping             … for what is stored: check, backup, restore
cli                 the command line
ui                  the frame and the parts of pages (the only Streamlit in cx)
"""
