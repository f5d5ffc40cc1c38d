"""Felicific: from an export of customer feedback to numbers one can trust. The map, in the order data takes.

errors              every error a user can meet, one line each
schema              canonical columns, roles, scales, the two grains (response, mention)
principal           who is asking
measure.estimate    a number with its interval and base
view.filters        which responses: speaks SQL, words and URL
intake.read         a file becomes records: encoding, separator, workbook, JSON, Parquet
intake.sources      which tool wrote it (sources/*.toml)
intake.mapping      what each column is for, on which scale
intake.apply        records become typed frames; what cannot be read is counted
intake.privacy      personal data in texts is masked
text.language       which language a comment is in
text.mentions       a comment becomes clauses
text.sentiment      a clause gets a score and the words that made it
text.emotions       … an emotion and an effort
text.embed          … a vector
text.taxonomy       … a pillar, a touchpoint, a stage (taxonomies/*.toml)
text.topics         … a topic found in the data
store.datasets      versions of datasets on disk (Parquet, DuckDB)
store.records       what people do: jobs, settings (SQLAlchemy)
engine.local        where the work runs
pipeline            the story on one screen
jobs                a pipeline run outside the web process
measure.tally       additive counts by any dimension
measure.kpis        NPS, CSAT, CES, index, net sentiment … as estimates
measure.compare     is a difference real?
measure.trends      periods, series, change
view.theme          colours and number formats
view.charts         chart specs
view.scorecards     five pillars
view.heatmap        touchpoint × stage
view.briefing       the one sentence that matters
view.search         comments, page by page, with their evidence
share.access        who may ask at all
cli                 the command line
ui                  the frame and the parts of pages (the only Streamlit in cx)
"""
