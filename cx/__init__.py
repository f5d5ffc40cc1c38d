"""Felicific: from an export of customer feedback to numbers one can trust. The map, in the order data takes.

errors              every error a user can meet, one line each
schema              canonical columns, roles, scales, the two grains (response, mention)
principal           who is asking
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
text.mentions       a comment becomes clauses
text.sentiment      a clause gets a score and the words that made it
text.emotions       … an emotion and an effort
text.phrases        phrases found fast, in any word form
text.embed          … a vector
text.taxonomy       … a pillar, a touchpoint, a stage (taxonomies/*.toml)
text.topic_names    names, terms and quotes of topics
text.topics         … a topic found in the data
text.understand     all of that for a batch of comments
store.datasets      versions of datasets on disk (Parquet, DuckDB)
store.records       what people do: jobs, settings (SQLAlchemy)
store.ledger        every row accounted for: original, rejects, counts
store.staging       parts of an import, told apart, written as tables
store.erasure       one customer erased everywhere
engine.local        where the work runs
incoming            a file before anything is stored: what it is, what people said of files like it
arrival             a batch of its rows: masked, on disk, its original packed
pipeline            the story on one screen
imports             files into a dataset: the next version, whole or not at all
watching            a folder whose finished files are imported
jobs                an import outside the web process
measure.tally       additive counts by any dimension
measure.kpis        NPS, CSAT, CES, index, net sentiment … as estimates
measure.compare     is a difference real?
measure.trends      periods, series, change
measure.contributions who made a change: segments, touchpoints, topics
measure.seasons     what repeats, what to expect next
measure.changepoints when the level changed
measure.anomalies   what is out of the ordinary
view.theme          colours and number formats
view.charts         chart specs
view.overview       tiles and movers
view.scorecards     five pillars
view.heatmap        touchpoint × stage
view.topics         topics with size, sentiment, change
view.briefing       the one sentence that matters
view.search         comments, page by page, with their evidence
view.quotes         comments as HTML, literally
view.cards          tiles and cards as HTML
share.access        who may ask at all
telling             what the command line says
cli                 the command line
ui                  the frame and the parts of pages (the only Streamlit in cx)
"""
