ALTER TABLE revisions DROP COLUMN captures;
DROP TABLE uploads;
