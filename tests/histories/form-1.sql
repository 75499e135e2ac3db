-- A database of form 1; see README.md.  Run it in an empty database.
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1685352052;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'detent','m001_initial','2026-11-20 22:20:20.033651+00:00');
CREATE TABLE decision (
  run INTEGER NOT NULL REFERENCES run (key),
  gate TEXT NOT NULL,
  kind TEXT NOT NULL,
  seq INTEGER NOT NULL,
  how TEXT NOT NULL,
  "by" TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (run, gate)
) STRICT, WITHOUT ROWID;
INSERT INTO "decision" VALUES(2,'approval-2.0.0-1','approval',5,'Denied','me',1795213220455);
INSERT INTO "decision" VALUES(3,'gate-12','approval',12,'Approved','me',1760000000012);
INSERT INTO "decision" VALUES(3,'gate-17','approval',17,'Approved','me',1760000000017);
INSERT INTO "decision" VALUES(3,'gate-2','approval',2,'Approved','me',1760000000002);
INSERT INTO "decision" VALUES(3,'gate-22','approval',22,'Approved','me',1760000000022);
INSERT INTO "decision" VALUES(3,'gate-27','approval',27,'Approved','me',1760000000027);
INSERT INTO "decision" VALUES(3,'gate-32','approval',32,'Approved','me',1760000000032);
INSERT INTO "decision" VALUES(3,'gate-37','approval',37,'Approved','me',1760000000037);
INSERT INTO "decision" VALUES(3,'gate-7','approval',7,'Approved','me',1760000000007);
INSERT INTO "decision" VALUES(4,'gate-2','approval',2,'Approved','me',1760000000002);
CREATE TABLE driver (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  pid INTEGER NOT NULL,
  start_time TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  head_seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "driver" VALUES(1,2,10980,'1282460','0f385000-a3e3-4124-a6e3-3b187003148d',5,1795213220493,1);
INSERT INTO "driver" VALUES(2,3,17,'123','boot',37,1795213220530,0);
INSERT INTO "driver" VALUES(3,4,18,'124','boot',3,1795213220530,1);
CREATE TABLE extra (
  run INTEGER NOT NULL REFERENCES run (key),
  seq INTEGER NOT NULL,
  place INTEGER NOT NULL,
  object INTEGER NOT NULL REFERENCES object (id),
  PRIMARY KEY (run, seq, place)
) STRICT, WITHOUT ROWID;
INSERT INTO "extra" VALUES(1,4,0,11);
INSERT INTO "extra" VALUES(2,4,0,16);
INSERT INTO "extra" VALUES(3,0,0,24);
INSERT INTO "extra" VALUES(3,1,0,27);
INSERT INTO "extra" VALUES(3,5,0,36);
INSERT INTO "extra" VALUES(3,9,0,45);
INSERT INTO "extra" VALUES(3,13,0,50);
INSERT INTO "extra" VALUES(3,17,0,55);
INSERT INTO "extra" VALUES(3,21,0,60);
INSERT INTO "extra" VALUES(3,25,0,65);
INSERT INTO "extra" VALUES(3,29,0,70);
INSERT INTO "extra" VALUES(3,33,0,75);
INSERT INTO "extra" VALUES(3,37,0,80);
INSERT INTO "extra" VALUES(4,0,0,82);
INSERT INTO "extra" VALUES(4,1,0,84);
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES run (key),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  refused TEXT
) STRICT;
INSERT INTO "inbox" VALUES(1,3,'note','{"text":"a note"}',1760000000000,NULL);
INSERT INTO "inbox" VALUES(2,3,'cancel','{"by":"me"}',1760000000001,'not now');
CREATE TABLE label (
  run INTEGER NOT NULL REFERENCES run (key),
  label TEXT NOT NULL,
  PRIMARY KEY (run, label)
) STRICT, WITHOUT ROWID;
INSERT INTO "label" VALUES(3,'kept');
INSERT INTO "label" VALUES(3,'seen');
CREATE TABLE message (
  run INTEGER NOT NULL REFERENCES run (key),
  position INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  object INTEGER NOT NULL REFERENCES object (id),
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "message" VALUES(1,0,0,3);
INSERT INTO "message" VALUES(1,1,1,5);
INSERT INTO "message" VALUES(1,2,2,8);
INSERT INTO "message" VALUES(1,3,4,10);
INSERT INTO "message" VALUES(2,0,0,12);
INSERT INTO "message" VALUES(2,1,1,13);
INSERT INTO "message" VALUES(2,2,2,14);
INSERT INTO "message" VALUES(2,3,4,15);
INSERT INTO "message" VALUES(2,4,5,18);
INSERT INTO "message" VALUES(2,5,7,20);
INSERT INTO "message" VALUES(3,0,0,23);
INSERT INTO "message" VALUES(3,1,1,26);
INSERT INTO "message" VALUES(3,2,2,29);
INSERT INTO "message" VALUES(3,3,3,31);
INSERT INTO "message" VALUES(3,4,4,33);
INSERT INTO "message" VALUES(3,5,5,35);
INSERT INTO "message" VALUES(3,6,6,38);
INSERT INTO "message" VALUES(3,7,7,40);
INSERT INTO "message" VALUES(3,8,8,42);
INSERT INTO "message" VALUES(3,9,9,44);
INSERT INTO "message" VALUES(3,10,10,46);
INSERT INTO "message" VALUES(3,11,11,47);
INSERT INTO "message" VALUES(3,12,12,48);
INSERT INTO "message" VALUES(3,13,13,49);
INSERT INTO "message" VALUES(3,14,14,51);
INSERT INTO "message" VALUES(3,15,15,52);
INSERT INTO "message" VALUES(3,16,16,53);
INSERT INTO "message" VALUES(3,17,17,54);
INSERT INTO "message" VALUES(3,18,18,56);
INSERT INTO "message" VALUES(3,19,19,57);
INSERT INTO "message" VALUES(3,20,20,58);
INSERT INTO "message" VALUES(3,21,21,59);
INSERT INTO "message" VALUES(3,22,22,61);
INSERT INTO "message" VALUES(3,23,23,62);
INSERT INTO "message" VALUES(3,24,24,63);
INSERT INTO "message" VALUES(3,25,25,64);
INSERT INTO "message" VALUES(3,26,26,66);
INSERT INTO "message" VALUES(3,27,27,67);
INSERT INTO "message" VALUES(3,28,28,68);
INSERT INTO "message" VALUES(3,29,29,69);
INSERT INTO "message" VALUES(3,30,30,71);
INSERT INTO "message" VALUES(3,31,31,72);
INSERT INTO "message" VALUES(3,32,32,73);
INSERT INTO "message" VALUES(3,33,33,74);
INSERT INTO "message" VALUES(3,34,34,76);
INSERT INTO "message" VALUES(3,35,35,77);
INSERT INTO "message" VALUES(3,36,36,78);
INSERT INTO "message" VALUES(3,37,37,79);
INSERT INTO "message" VALUES(4,0,0,81);
INSERT INTO "message" VALUES(4,1,1,83);
INSERT INTO "message" VALUES(4,2,2,85);
INSERT INTO "message" VALUES(4,3,3,86);
CREATE TABLE object (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  digest BLOB NOT NULL
) STRICT;
INSERT INTO "object" VALUES(1,'spec','{"ask_person":false,"at_limit":"finish","graph":"","instructions":"","limits":{"attempts":3,"calls_per_turn":8,"extensions":3,"loop_gates":3,"loop_window":3,"model_turns":15,"notes":10,"repairs":2,"tool_calls":40,"wall_seconds":600},"model":"script:script.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[{"approval":"never","attempts":3,"calls":0,"description":"List a folder: one name a line, folders end in a slash, files are followed by their size in bytes.","effect":"read","fallback":[],"name":"list_dir","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"the folder, relative to the run''s folder\",\"default\":\".\"}},\"additionalProperties\":false}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Read a text file.","effect":"read","fallback":[],"name":"read_file","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"the file, relative to the run''s folder\"},\"lines\":{\"type\":[\"string\",\"null\"],\"description\":\"only these lines, counted from 1: \\\"1-40\\\", \\\"7\\\" or \\\"100-\\\"\",\"default\":null}},\"additionalProperties\":false,\"required\":[\"path\"]}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Find a text in files: one match a line, as path:line: text.","effect":"read","fallback":[],"name":"search_files","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"pattern\":{\"type\":\"string\",\"description\":\"the text to find, exactly as it stands in one line (no wildcards)\"},\"path\":{\"type\":\"string\",\"description\":\"the folder to search with all below it, or one file, relative to the run''s folder\",\"default\":\".\"},\"glob\":{\"type\":[\"string\",\"null\"],\"description\":\"only files whose name or path matches, for example \\\"*.py\\\"\",\"default\":null},\"ignore_case\":{\"type\":\"boolean\",\"description\":\"whether capital and small letters are the same\",\"default\":false}},\"additionalProperties\":false,\"required\":[\"pattern\"]}","timeout":60000,"version":1},{"approval":"always","attempts":3,"calls":0,"description":"Write a text file: a new one, with the folders it needs, or instead of the one that is there.","effect":"idempotent","fallback":[],"name":"write_file","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"the file, relative to the run''s folder\"},\"content\":{\"type\":\"string\",\"description\":\"the whole text\"}},\"additionalProperties\":false,\"required\":[\"path\",\"content\"]}","timeout":60000,"version":1},{"approval":"always","attempts":3,"calls":0,"description":"Replace one piece of a text file by another.","effect":"once","fallback":[],"name":"edit_file","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"the file, relative to the run''s folder\"},\"old\":{\"type\":\"string\",\"description\":\"the piece to replace, exactly as it stands in the file; it must be there exactly once\"},\"new\":{\"type\":\"string\",\"description\":\"what to put in its place\"}},\"additionalProperties\":false,\"required\":[\"path\",\"old\",\"new\"]}","timeout":60000,"version":1},{"approval":"always","attempts":3,"calls":0,"description":"Rename a file, or move it to another folder; never over a file that is there.","effect":"once","fallback":[],"name":"move_file","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"source\":{\"type\":\"string\",\"description\":\"the file, relative to the run''s folder\"},\"target\":{\"type\":\"string\",\"description\":\"its new path, relative to the run''s folder\"}},\"additionalProperties\":false,\"required\":[\"source\",\"target\"]}","timeout":60000,"version":1},{"approval":"always","attempts":3,"calls":0,"description":"Delete a file.","effect":"once","fallback":[],"name":"delete_file","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"the file, relative to the run''s folder\"}},\"additionalProperties\":false,\"required\":[\"path\"]}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Read on in the result of an earlier call that was too long to be shown whole.","effect":"read","fallback":[],"name":"read_output","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"handle\":{\"type\":\"string\",\"description\":\"the handle that was given with the shortened result\"},\"offset\":{\"type\":\"integer\",\"description\":\"the first character to read, counted from 0\",\"default\":0},\"length\":{\"type\":\"integer\",\"description\":\"how many characters to read, at most 65536\",\"default\":8192}},\"additionalProperties\":false,\"required\":[\"handle\"]}","timeout":60000,"version":1}]}',X'4078095DE3FDAAEDFA9E65D086D8B60548F5DCE9BAABF51AFEE817CA73491558');
INSERT INTO "object" VALUES(2,'guards','{"guards":{},"lost":{},"taken":"begun"}',X'62A5B825506423824F9381603DEBEB5A058CFBDFED47E0C057AB2CF37665E2EE');
INSERT INTO "object" VALUES(3,'goal','What is here?',X'B44ABBD03975C8C8ABF494B63A3140E7BF281AE0B024BD05EC8462725E5A1306');
INSERT INTO "object" VALUES(4,'guards','{"guards":{"a_gate_is_open":false,"plan_ends_the_run":false,"plan_gives_up":false,"plan_has_calls":true,"plan_is_a_question":false,"plan_is_an_answer":false,"reply_is_unusable":false,"the_run_has_failed":false},"lost":{"answered":["plan_ends_the_run"],"calls_ask":["a_gate_is_open"],"gave_up":["plan_gives_up"],"no_repair_plan":["reply_is_unusable","the_run_has_failed"],"note_unseen":["plan_is_an_answer"],"note_unseen_at_limit":["plan_is_an_answer","a_gate_is_open"],"question":["plan_is_a_question"],"refused_plan":["reply_is_unusable"]},"taken":"calls"}',X'A734EAFF45ABAF4E0CCDA095198FD5ED18018F25BCED1DC85430EABD625AB0FB');
INSERT INTO "object" VALUES(5,'turn','{"calls":[{"arguments":{"path":"."},"tool":"list_dir"}]}',X'DDA9FED6E69FF7EB0C5D5AF41742E930885753F12702CC38BE997927BE435C84');
INSERT INTO "object" VALUES(6,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"cancelling":false},"lost":{"returned":["a_call_can_run"],"returned_ask":["a_gate_is_open"],"returned_cancelled":["cancelling"]},"taken":"returned_last"}',X'37A5EF423A75D995CC7F85DB40DD224FDA6CD0383F82EBBEC5D897A37CEFFDCC');
INSERT INTO "object" VALUES(7,'guards','{"guards":{"a_gate_is_open":false},"lost":{"observed_ask":["a_gate_is_open"]},"taken":"observed"}',X'5B5FC8D3954149C293E6804301526C4F9AF35154BA804F96DCC48B6DA4E951DC');
INSERT INTO "object" VALUES(8,'result','script.json  159',X'1F53B238A6273036A55F641FBEEBC17B56133D55298BC483B3DF592F1364ACB3');
INSERT INTO "object" VALUES(9,'guards','{"guards":{"a_gate_is_open":true,"plan_ends_the_run":false,"plan_gives_up":false,"plan_has_calls":true,"plan_is_a_question":false,"plan_is_an_answer":false,"reply_is_unusable":false,"the_run_has_failed":false},"lost":{"answered":["plan_ends_the_run"],"calls":["a_gate_is_open"],"gave_up":["plan_gives_up"],"no_repair_plan":["reply_is_unusable","the_run_has_failed"],"note_unseen":["plan_is_an_answer","a_gate_is_open"],"note_unseen_at_limit":["plan_is_an_answer"],"question":["plan_is_a_question"],"refused_plan":["reply_is_unusable"]},"taken":"calls_ask"}',X'52E21BE2A2EE7C8FA93D55CA286A2B881E3067A9A5F2B056D4C59E1A61B0C469');
INSERT INTO "object" VALUES(10,'turn','{"calls":[{"arguments":{"$base":"absent","content":"Nothing.\n","path":"list.md"},"tool":"write_file"}]}',X'013A00784C152119DBC22785B3A2D03B67F6C93E10DDB3186355D8960C6FF30F');
INSERT INTO "object" VALUES(11,'preview','{"arguments":"sha256:5f88271146020c030c9c0d5a4e807704b46632d4ca4ae77602d8cc2bc1561277","drawn":"new file list.md, 1 line, 9 bytes\n--- /dev/null\n+++ b/list.md\n@@ -0,0 +1 @@\n+Nothing.\n","index":0,"turn":2}',X'5D5EAD1EADAE87150C51EF7C293B219A09176DF3701EC70607FFD62BEB2D54C7');
INSERT INTO "object" VALUES(12,'goal','What is here?',X'B44ABBD03975C8C8ABF494B63A3140E7BF281AE0B024BD05EC8462725E5A1306');
INSERT INTO "object" VALUES(13,'turn','{"calls":[{"arguments":{"path":"."},"tool":"list_dir"}]}',X'DDA9FED6E69FF7EB0C5D5AF41742E930885753F12702CC38BE997927BE435C84');
INSERT INTO "object" VALUES(14,'result','script.json  159',X'1F53B238A6273036A55F641FBEEBC17B56133D55298BC483B3DF592F1364ACB3');
INSERT INTO "object" VALUES(15,'turn','{"calls":[{"arguments":{"$base":"absent","content":"Nothing.\n","path":"list.md"},"tool":"write_file"}]}',X'013A00784C152119DBC22785B3A2D03B67F6C93E10DDB3186355D8960C6FF30F');
INSERT INTO "object" VALUES(16,'preview','{"arguments":"sha256:5f88271146020c030c9c0d5a4e807704b46632d4ca4ae77602d8cc2bc1561277","drawn":"new file list.md, 1 line, 9 bytes\n--- /dev/null\n+++ b/list.md\n@@ -0,0 +1 @@\n+Nothing.\n","index":0,"turn":2}',X'5D5EAD1EADAE87150C51EF7C293B219A09176DF3701EC70607FFD62BEB2D54C7');
INSERT INTO "object" VALUES(17,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"calls_remain":true},"lost":{"denied_gates_left":["a_gate_is_open"],"denied_plans":["calls_remain"],"denied_runs":["a_call_can_run"]},"taken":"denied_settled"}',X'0F4EA6BAA5CA96E3AF9EB65E62BDB13ADD5B03A2CBC3CBA602EBADF7F51CD9EA');
INSERT INTO "object" VALUES(18,'error','{"available_alternatives":[],"error":"denied","message":"The person said no: no list, please"}',X'893B591CC9FABE70422BD8BE83DA6EE7F285FE0F33FF0F8922E44D77CDDBB5D3');
INSERT INTO "object" VALUES(19,'guards','{"guards":{"a_gate_is_open":false,"plan_ends_the_run":true,"plan_gives_up":false,"plan_has_calls":false,"plan_is_a_question":false,"plan_is_an_answer":true,"reply_is_unusable":false,"the_run_has_failed":true},"lost":{"calls":["plan_has_calls","plan_ends_the_run"],"calls_ask":["plan_has_calls","a_gate_is_open","plan_ends_the_run"],"gave_up":["plan_gives_up","plan_ends_the_run"],"no_repair_plan":["reply_is_unusable"],"note_unseen":["plan_ends_the_run"],"note_unseen_at_limit":["a_gate_is_open","plan_ends_the_run"],"question":["plan_is_a_question","plan_ends_the_run"],"refused_plan":["reply_is_unusable","the_run_has_failed"]},"taken":"answered"}',X'1A56727CD88D272929144C1BD2152224295767D5E5AE046B30E62141175713D9');
INSERT INTO "object" VALUES(20,'turn','{"content":"There is nothing here."}',X'4559308ABC04381118ED4F5E4940372DA44D3FC2136DF6468BB7D3F3DF15B9B2');
INSERT INTO "object" VALUES(21,'spec','{"limits":{}}',X'10CF98C0A744B77A2688008300D129309DCEB94D80A309E781D07EE37B3CC2C0');
INSERT INTO "object" VALUES(22,'guards','{"guards":{"last":true},"taken":"row 0"}',X'CB3393D30352C25D3A022040BBB461C0240644B4E689E2864CE397CD79BC77C7');
INSERT INTO "object" VALUES(23,'goal','a goal',X'A4DFF87071AF7BCA7FE36C037CECE3BE3F67BCE5951DA51A302E73C102DB5A73');
INSERT INTO "object" VALUES(24,'input','x',X'6EA2B81F653B23A436354C88901517E1D12833B17BC6EA505B297E8571BE04AD');
INSERT INTO "object" VALUES(25,'guards','{"guards":{"last":false},"taken":"row 1"}',X'DE991770F4DD3D7194D33CA435D718F86C76613FC495D8BFA0C8D602DD825D8F');
INSERT INTO "object" VALUES(26,'turn','message 1 with ümlauts',X'28ADE07CB1B8095EDE1AD2E147465ECD1E5D2EE9D40D43D1349C00593470690E');
INSERT INTO "object" VALUES(27,'planner','plan 1',X'E433DC4C14A449C459C67CA43B38A8BB94A5A82FB0AAD74D8C77AE57803ACF1D');
INSERT INTO "object" VALUES(28,'guards','{"guards":{"last":true},"taken":"row 2"}',X'146CDB0F4456DAFF1CDECC5398C6175CF87933C99550DAEED3786EC8097E2009');
INSERT INTO "object" VALUES(29,'turn','message 2 with ümlauts',X'9A5ED9E991DF57CC9F436BB29B7BE96D2ADE6F49A79678BE22EE91635C282C0A');
INSERT INTO "object" VALUES(30,'guards','{"guards":{"last":false},"taken":"row 3"}',X'27AF86EE384AA13D3E7ED6F874F5D7CCAF9917F3DEEAA303D86E3ACA4F7CF602');
INSERT INTO "object" VALUES(31,'turn','message 3 with ümlauts',X'DC4E3AA810B58B69DBE2C2DC7849CB2E24712BF3D548D1E7ABBE00F4939981D8');
INSERT INTO "object" VALUES(32,'guards','{"guards":{"last":true},"taken":"row 4"}',X'AF9994E51EDE5884C5E700DF97F99E07FCA53EADFA6DBCEC92FE5D583E4C60A6');
INSERT INTO "object" VALUES(33,'turn','message 4 with ümlauts',X'A4CA61611404A0DBA88FB44A01B3D6CAF796CD30AFA27BC7E88073181E99840A');
INSERT INTO "object" VALUES(34,'guards','{"guards":{"last":false},"taken":"row 0"}',X'60AE21BE3CA73E6EA8D81407734A4E69F60F1FE453A4CD295693912239D3C7E3');
INSERT INTO "object" VALUES(35,'turn','message 5 with ümlauts',X'070FDA63E724ABF6B7FE0CBCC9C4E2153F8B4D74D4F51F3E7A5639CF877FA27F');
INSERT INTO "object" VALUES(36,'planner','plan 5',X'54F354E14408CAD372C56AB19DBB3B44FA46A8F458B97EDDE7F8AD4DD2D47687');
INSERT INTO "object" VALUES(37,'guards','{"guards":{"last":true},"taken":"row 1"}',X'79869F66444BADF8A9D8A33F58E15C5A3D1A3BC015D215661D5FF676DC52ED92');
INSERT INTO "object" VALUES(38,'turn','message 6 with ümlauts',X'5351B9AE188FBE697C5A238105CF7ACA3CF41EE6ABBCA61797E3A71C12242CB5');
INSERT INTO "object" VALUES(39,'guards','{"guards":{"last":false},"taken":"row 2"}',X'D039ED4F39623B27A4967AA4795DA13AA77730327D6FAB286CBC6A312CB641D1');
INSERT INTO "object" VALUES(40,'turn','message 7 with ümlauts',X'82799E1FF0A494AF26FA22A38DE322A63BC5F1F2F8C4FEE2047CE0B2C58F085E');
INSERT INTO "object" VALUES(41,'guards','{"guards":{"last":true},"taken":"row 3"}',X'1AEFE37E87299E30ED342590FF33F16B905105681EDF04521C6B356AC4539019');
INSERT INTO "object" VALUES(42,'turn','message 8 with ümlauts',X'F18F68AC9A73208F4D797B59FBD6DF12E7FBA40E0943A2F1F5CA5780FF004DC1');
INSERT INTO "object" VALUES(43,'guards','{"guards":{"last":false},"taken":"row 4"}',X'035381A6F166443B3A2B4288756631CC5247C0F1D6867B8D9EDF22F8A08DED6F');
INSERT INTO "object" VALUES(44,'turn','message 9 with ümlauts',X'4320A43A4BE6E23ABDAC782EAB24C8370CAF1A609AFE58BE0B42AA7241215CBC');
INSERT INTO "object" VALUES(45,'planner','plan 9',X'244524EC6BA4E7C8D91826243C90F2A0C46DC2570CAFDF7AEF59A333576B214E');
INSERT INTO "object" VALUES(46,'turn','message 10 with ümlauts',X'33E8750DE91C1F2C20C5C469B3DA29E29BBE69BE824A3BB048DBE4492F73130D');
INSERT INTO "object" VALUES(47,'turn','message 11 with ümlauts',X'DC4D7EFF27D9DFA96F8B003220E2F7A738A4F22FF4B842AE6CAB98A9C246B5F4');
INSERT INTO "object" VALUES(48,'turn','message 12 with ümlauts',X'220FA967BA82CA15483BABE2EEC9688ABAB083A85171DE41802C26B75D871144');
INSERT INTO "object" VALUES(49,'turn','message 13 with ümlauts',X'DAFDCCC672B047BD0D9BA0342E19FEF51EFE827F22C9C26118EFBF396E4ACD1C');
INSERT INTO "object" VALUES(50,'planner','plan 13',X'C81BC833ECB97E37DA7D461E258A5FCB8EAA1955EDB090B09B77B93FACF78B33');
INSERT INTO "object" VALUES(51,'turn','message 14 with ümlauts',X'CB5FA365AA1297BE26F1F2FC5AB19F01152B3559BC7F5746A4FAD30FA8CD1686');
INSERT INTO "object" VALUES(52,'turn','message 15 with ümlauts',X'60D003291239358953CE07920BA7740BCA745C002766F3BC85552420950A93A8');
INSERT INTO "object" VALUES(53,'turn','message 16 with ümlauts',X'9EB3BD525A0C1C991E36051CE253A0AD459D360DAD446A8DD9AB7BC043FAA1AE');
INSERT INTO "object" VALUES(54,'turn','message 17 with ümlauts',X'9645267054DEEA660659D3769717B15F9DD463C472B840BD075A143FBEACC48E');
INSERT INTO "object" VALUES(55,'planner','plan 17',X'555F5DA25AC34ACA3528AD76CD09DA0242860F20236F0D4DD6A91C1C157C1AAE');
INSERT INTO "object" VALUES(56,'turn','message 18 with ümlauts',X'19800D7D64A2C34147152B416F1C386D230B6A1625836471BD01D69401F2DC2D');
INSERT INTO "object" VALUES(57,'turn','message 19 with ümlauts',X'526A930A33D5C8150F0AE3E9B95AE941E7FE34FF72EE7B79D7B812454EEADE4D');
INSERT INTO "object" VALUES(58,'turn','message 20 with ümlauts',X'4553B7BAAE87AE66A84C844555EE9FC7F6307E85C78AE3C53523798CB05BCFF8');
INSERT INTO "object" VALUES(59,'turn','message 21 with ümlauts',X'B08B6DFE449A3B0A5204C14E1778FBA412416FDE9F6488967B10EE623694A850');
INSERT INTO "object" VALUES(60,'planner','plan 21',X'F46C6D27D2C14E0EF513BD1C1A5EF3F07066915269318250170BF9063026FDC1');
INSERT INTO "object" VALUES(61,'turn','message 22 with ümlauts',X'C1487DC6A25FBAAF6C8283DE734B2CA635FDDAFCA3619F4F4E747C0F600C93EB');
INSERT INTO "object" VALUES(62,'turn','message 23 with ümlauts',X'F6FC818B0FFAEFD48D5BEBA86C6B901F6F7D6196D1B89FD9C80C51DF15102EDB');
INSERT INTO "object" VALUES(63,'turn','message 24 with ümlauts',X'1CEB8133CFD5C98E4F535480965332E37357679E3895D55838F6B1A3DDE43137');
INSERT INTO "object" VALUES(64,'turn','message 25 with ümlauts',X'E29C37F1A1B6773F71A6F6FE6F1A16DBB2F0BDC1D3B670EED50EA5F28E568946');
INSERT INTO "object" VALUES(65,'planner','plan 25',X'EE5862CEB1A2507E6B06D07C6E08FA2E4998740CC9F520387526E460E1F80FC2');
INSERT INTO "object" VALUES(66,'turn','message 26 with ümlauts',X'B0666F288FA822B25D5CE68C2D9156C4D299D5ED514AAD93CAADF1D06C276004');
INSERT INTO "object" VALUES(67,'turn','message 27 with ümlauts',X'4610379559C541F33639CDE93663E1A3F2CA19B016DAB3CFA847EB4F8D5F2B93');
INSERT INTO "object" VALUES(68,'turn','message 28 with ümlauts',X'833185C01868C25CF926A7846CCB0BB126A84791EDC8B10FC05B0A63D3C03570');
INSERT INTO "object" VALUES(69,'turn','message 29 with ümlauts',X'D6D01AD8EDB99ACA60D7D0034203116BFB89B815DD798D451BBE0C3452581226');
INSERT INTO "object" VALUES(70,'planner','plan 29',X'3A4936F52F2F3E841098448B9A8EFC7EF6EBDB2D68EF93FB2E1108E32A117E45');
INSERT INTO "object" VALUES(71,'turn','message 30 with ümlauts',X'F8C749DA256CB91D79297E55F537BB6636F25376DEF7FBBF393196763359D7C7');
INSERT INTO "object" VALUES(72,'turn','message 31 with ümlauts',X'2E42A267FEE0C70A6137829BDF3C1DDDC0DC7346F6CE1164984C8B27FFB5E641');
INSERT INTO "object" VALUES(73,'turn','message 32 with ümlauts',X'FD636C926156D2BB41B3D24D94A071B9CA88D5629624A6D9FBA9CE757F99CC82');
INSERT INTO "object" VALUES(74,'turn','message 33 with ümlauts',X'D1B1BBA5865A6DCE806EEAA5DCCABFC864C6F0E31DF86EDDCCA7EBE5188A57FA');
INSERT INTO "object" VALUES(75,'planner','plan 33',X'83FBF63D7B11E7169FC34C9CA1B32D028654BEB9DF883C0F42A4AD0F0CFEB17F');
INSERT INTO "object" VALUES(76,'turn','message 34 with ümlauts',X'A0C14EF53AC5816990ACCFA0B25E72ACA26CDEC99B71105ED8F9E23F370576A7');
INSERT INTO "object" VALUES(77,'turn','message 35 with ümlauts',X'8E6DEA70E03BC16510FB4D4AA8D69641809DDB4F8825FA36855DD412F669E48F');
INSERT INTO "object" VALUES(78,'turn','message 36 with ümlauts',X'9D69C1430483F9917B89E8113B89054F1EE79361F8CFD882BE24D886196F26BE');
INSERT INTO "object" VALUES(79,'turn','message 37 with ümlauts',X'33DB65DA7BD3312595F5BCBDD9353A07198B3B65C991F2564ED72CC903A41844');
INSERT INTO "object" VALUES(80,'planner','plan 37',X'A0BBCC7193D6AB8ECEBF3A512F8C1878756CC35CC8F7DE3CB4DE705247C1FE95');
INSERT INTO "object" VALUES(81,'goal','a goal',X'A4DFF87071AF7BCA7FE36C037CECE3BE3F67BCE5951DA51A302E73C102DB5A73');
INSERT INTO "object" VALUES(82,'input','x',X'6EA2B81F653B23A436354C88901517E1D12833B17BC6EA505B297E8571BE04AD');
INSERT INTO "object" VALUES(83,'turn','message 1 with ümlauts',X'28ADE07CB1B8095EDE1AD2E147465ECD1E5D2EE9D40D43D1349C00593470690E');
INSERT INTO "object" VALUES(84,'planner','plan 1',X'E433DC4C14A449C459C67CA43B38A8BB94A5A82FB0AAD74D8C77AE57803ACF1D');
INSERT INTO "object" VALUES(85,'turn','message 2 with ümlauts',X'9A5ED9E991DF57CC9F436BB29B7BE96D2ADE6F49A79678BE22EE91635C282C0A');
INSERT INTO "object" VALUES(86,'turn','message 3 with ümlauts',X'DC4E3AA810B58B69DBE2C2DC7849CB2E24712BF3D548D1E7ABBE00F4939981D8');
CREATE TABLE pruning (run INTEGER PRIMARY KEY) STRICT;
CREATE TABLE rule (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  rule TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (run, rule)
) STRICT;
INSERT INTO "rule" VALUES(1,1,'write_file(path=notes/*)',1795213220047);
INSERT INTO "rule" VALUES(2,3,'write_file(path=notes/*)',1760000000000);
INSERT INTO "rule" VALUES(3,4,'send(to=ü)',1760000000001);
CREATE TABLE run (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  spec INTEGER NOT NULL REFERENCES object (id),
  goal TEXT NOT NULL,
  parent INTEGER REFERENCES run (key),
  parent_seq INTEGER,
  created INTEGER NOT NULL,
  folder TEXT NOT NULL,
  origin TEXT NOT NULL
) STRICT;
INSERT INTO "run" VALUES(1,'5rs646xuler65opiflqrugaege','waits',1,'What is here?',NULL,NULL,1795213220046,'/tmp/folder/w','{"tools":["files"]}');
INSERT INTO "run" VALUES(2,'ulxbwcxbq5sbqhact5cf6svv5m','denied',1,'What is here?',NULL,NULL,1795213220270,'/tmp/folder/w','{"tools":["files"]}');
INSERT INTO "run" VALUES(3,'aaaaaaaaaaaaaaaaaaaaaaaaaa','plain',21,'a goal',NULL,NULL,1760000000000,'/a/folder','{"file":"agent.py"}');
INSERT INTO "run" VALUES(4,'bbbbbbbbbbbbbbbbbbbbbbbbbb','fork',21,'a goal',3,9,1760000000000,'/a/folder','{"file":"agent.py"}');
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  seq INTEGER NOT NULL,
  state TEXT NOT NULL,
  event TEXT NOT NULL,
  event_body TEXT NOT NULL,
  body TEXT NOT NULL,
  guards INTEGER NOT NULL REFERENCES object (id),
  digest BLOB NOT NULL,
  chain BLOB NOT NULL,
  at INTEGER NOT NULL,
  took INTEGER NOT NULL,
  UNIQUE (run, seq)
) STRICT;
INSERT INTO "snapshot" VALUES(1,1,0,'PLANNING','Begun','{"goal":"sha256:b44abbd03975c8c8abf494b63a3140e7bf281ae0b024bd05ec8462725e5a1306","spec":"sha256:4078095de3fdaaedfa9e65d086d8b60548f5dce9baabf51afee817ca73491558"}','{"history":1,"spec":"sha256:4078095de3fdaaedfa9e65d086d8b60548f5dce9baabf51afee817ca73491558","turn":1,"usage":{"model_turns":1}}',2,X'88EB32E04E17B8850721B74C5509C2CC377660DAE2D9FDB8AEA43526B5F49392',X'7FFF734659D4F798EDBF173EA43377BC66CCCB51373E8DBC3D7AACC54C4805D1',1795213220046,0);
INSERT INTO "snapshot" VALUES(2,1,1,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:6d92c81f55926b54f7d4fc5d52692afaee1c7e4e6690ed7e3008064632c4b17d","tool":"list_dir"}],"kind":"calls","reply":"sha256:dda9fed6e69ff7eb0c5d5af41742e930885753f12702cc38be997927be435c84","spent":{"milliseconds":3},"turn":1}','{"calls":{"0":{"arguments":"sha256:6d92c81f55926b54f7d4fc5d52692afaee1c7e4e6690ed7e3008064632c4b17d","attempts":3,"phase":"ready","tool":"list_dir"}},"history":3,"outcomes":2,"usage":{"milliseconds":3,"model_calls":1,"tool_calls":1}}',4,X'DB2BE7C2ED96EE278208BD92F2B9EF1B5771B689CFE2BCDDC2E1B293E2181B90',X'3A147C12FDB64490688CD6F2465D2933A6E4C1C5B66249E7FB67A5817FD34F52',1795213220051,3);
INSERT INTO "snapshot" VALUES(3,1,2,'OBSERVING','ToolReturned','{"attempt":1,"call":"1.0.0","result":"sha256:1f53b238a6273036a55f641fbeebc17b56133d55298bc483b3df592f1364acb3","spent":{"milliseconds":5}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:1f53b238a6273036a55f641fbeebc17b56133d55298bc483b3df592f1364acb3"},"phase":"settled"}},"usage":{"milliseconds":8}}',6,X'59DFB05C35E5DC313A569E1DBF940ABBF85E908EC39535B7A595B3871E62892A',X'163B572BBC28503B7D6C1E0ECB57FF1C369A6A02E656309583147D5576BC959C',1795213220056,3);
INSERT INTO "snapshot" VALUES(4,1,3,'PLANNING','Observed','{"turn":1}','{"calls":null,"loop":"ccf60dca3484bfd6","outcomes":null,"repeats":1,"turn":2,"usage":{"model_turns":2}}',7,X'BC79FCDFC5D02D109F60A5B74447E35834855218BD8EB87FF71EC530961A2D8F',X'7746BCB2C11783F9DC5D114867DC2AC801CDF66BAD31F01DE191ECDE77CE5AC5',1795213220057,0);
INSERT INTO "snapshot" VALUES(5,1,4,'AWAITING_APPROVAL','PlanMade','{"calls":[{"arguments":"sha256:5f88271146020c030c9c0d5a4e807704b46632d4ca4ae77602d8cc2bc1561277","asks":true,"tool":"write_file"}],"kind":"calls","reply":"sha256:013a00784c152119dbc22785b3a2d03b67f6c93e10ddb3186355d8960c6ff30f","spent":{"milliseconds":2},"turn":2}','{"calls":{"0":{"arguments":"sha256:5f88271146020c030c9c0d5a4e807704b46632d4ca4ae77602d8cc2bc1561277","attempts":3,"phase":"proposed","tool":"write_file"}},"gates":{"approval-2.0.0-1":{"call":0,"kind":"approval","opened":1795213220058}},"history":5,"outcomes":4,"usage":{"milliseconds":10,"model_calls":2,"tool_calls":2}}',9,X'0E765883E2610FDF503C5492660C33BC8FEDB8060FCFDC44B021E460269CD47F',X'1BDE8465BF15955B312ABB5CEEA89E05C9EB43718A65D4CFF1E9C9C77A1725DA',1795213220058,0);
INSERT INTO "snapshot" VALUES(6,2,0,'PLANNING','Begun','{"goal":"sha256:b44abbd03975c8c8abf494b63a3140e7bf281ae0b024bd05ec8462725e5a1306","spec":"sha256:4078095de3fdaaedfa9e65d086d8b60548f5dce9baabf51afee817ca73491558"}','{"history":1,"spec":"sha256:4078095de3fdaaedfa9e65d086d8b60548f5dce9baabf51afee817ca73491558","turn":1,"usage":{"model_turns":1}}',2,X'FD3356999D667CF9B1188134FF519DF814F3B93A1A58514B996FD4B0FD0AA464',X'02F58415589132AB626C947746790F7CA7F6CEB19E5EEA18CED6050654BD1128',1795213220270,0);
INSERT INTO "snapshot" VALUES(7,2,1,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:6d92c81f55926b54f7d4fc5d52692afaee1c7e4e6690ed7e3008064632c4b17d","tool":"list_dir"}],"kind":"calls","reply":"sha256:dda9fed6e69ff7eb0c5d5af41742e930885753f12702cc38be997927be435c84","spent":{"milliseconds":3},"turn":1}','{"calls":{"0":{"arguments":"sha256:6d92c81f55926b54f7d4fc5d52692afaee1c7e4e6690ed7e3008064632c4b17d","attempts":3,"phase":"ready","tool":"list_dir"}},"history":3,"outcomes":2,"usage":{"milliseconds":3,"model_calls":1,"tool_calls":1}}',4,X'30BDD32A4416DDCFF2544EDCB324DBE33EBD5EA5C115F1C8635FB27A8190D0C2',X'B0C0F35A3805A5240446022FEBA1C32CE402CC42750484C321F90F358E96055F',1795213220275,3);
INSERT INTO "snapshot" VALUES(8,2,2,'OBSERVING','ToolReturned','{"attempt":1,"call":"1.0.0","result":"sha256:1f53b238a6273036a55f641fbeebc17b56133d55298bc483b3df592f1364acb3","spent":{"milliseconds":3}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:1f53b238a6273036a55f641fbeebc17b56133d55298bc483b3df592f1364acb3"},"phase":"settled"}},"usage":{"milliseconds":6}}',6,X'4868A58EF202E2B34B953930007DF397FFAD4844F25A088FD2E2A9A5F1C89DA6',X'54CA8F846A85294D926348D7242210DE0E2FB12B0AF4A0E1436DD876C69C450F',1795213220278,1);
INSERT INTO "snapshot" VALUES(9,2,3,'PLANNING','Observed','{"turn":1}','{"calls":null,"loop":"ccf60dca3484bfd6","outcomes":null,"repeats":1,"turn":2,"usage":{"model_turns":2}}',7,X'3E20499257A288FB6A5BFB565F92BA5A51A750E7FD7A92539A3AF5A1D5F59045',X'7EF1943E1A76A6435A58468E5C45DF1FE6ACF157445DCC6306C3914C5975C7F1',1795213220278,0);
INSERT INTO "snapshot" VALUES(10,2,4,'AWAITING_APPROVAL','PlanMade','{"calls":[{"arguments":"sha256:5f88271146020c030c9c0d5a4e807704b46632d4ca4ae77602d8cc2bc1561277","asks":true,"tool":"write_file"}],"kind":"calls","reply":"sha256:013a00784c152119dbc22785b3a2d03b67f6c93e10ddb3186355d8960c6ff30f","spent":{"milliseconds":2},"turn":2}','{"calls":{"0":{"arguments":"sha256:5f88271146020c030c9c0d5a4e807704b46632d4ca4ae77602d8cc2bc1561277","attempts":3,"phase":"proposed","tool":"write_file"}},"gates":{"approval-2.0.0-1":{"call":0,"kind":"approval","opened":1795213220280}},"history":5,"outcomes":4,"usage":{"milliseconds":8,"model_calls":2,"tool_calls":2}}',9,X'4AD7CFDDA27C4A1B76F1BF303ED354DD7198DADEF14EF0071034FC981E96D781',X'C79F816ACA7A784070EB03F2E73A20A84352C8B035A1CF40DE68AF79F3F66E63',1795213220280,0);
INSERT INTO "snapshot" VALUES(11,2,5,'OBSERVING','Denied','{"by":"me","digest":"sha256:eb2cd3f05037cec62c904aecd936784af1509ea018ef246f110985677167c5f3","gate":"approval-2.0.0-1","reason":"sha256:893b591cc9fabe70422bd8be83da6ee7f285fe0f33ff0f8922e44d77cddbb5d3"}','{"calls":{"0":{"outcome":{"reason":"denied","status":"denied","text":"sha256:893b591cc9fabe70422bd8be83da6ee7f285fe0f33ff0f8922e44d77cddbb5d3"},"phase":"settled"}},"gates":null}',17,X'6EC83FCCDF7A8CE8FD73F9C9B4954C9DC5AB4CE164A8747D0F54E4E96AFB130D',X'7B7F0325429243E80333CED0D3F712AFA478BFED41A492C795BF4101410130ED',1795213220455,0);
INSERT INTO "snapshot" VALUES(12,2,6,'PLANNING','Observed','{"turn":2}','{"calls":null,"loop":"03723772c5c213f9","outcomes":null,"turn":3,"usage":{"model_turns":3}}',7,X'E20153D06886398BE54AD0F705153BDCE99C61D5A8FA2ACC6DF02D55EF12501A',X'EB69E509222171E67CB6453A4C94C8FA5DB60B69B1734BB8F8F851F9A995AA5D',1795213220504,0);
INSERT INTO "snapshot" VALUES(13,2,7,'DONE','PlanMade','{"answer":"sha256:222e288ad6b5c767987392090b74251f9dcab39d9a68a8159ed9f914db000ad2","kind":"answer","reply":"sha256:4559308abc04381118ed4f5e4940372da44d3fc2136df6468bb7d3f3df15b9b2","spent":{"milliseconds":1},"turn":3}','{"answer":"sha256:222e288ad6b5c767987392090b74251f9dcab39d9a68a8159ed9f914db000ad2","history":6,"reason":"answered","usage":{"milliseconds":9,"model_calls":3}}',19,X'38087197679C6802CAFA0377CB5B93CC1F736130BBF975F627B83D5853FF30ED',X'898D297124ADC56D76C9B976A7C7F73B0BC11C5BCD26EF6BFF3E8B28413299A5',1795213220505,0);
INSERT INTO "snapshot" VALUES(14,3,0,'PLANNING','Begun','{"said":"ü0","turn":0}','{"history":1,"spec":"sha256:0000000000000000000000000000000000000000000000000000000000000000","usage":{"model_turns":1,"tokens":0}}',22,X'97794148F1602A2192586500CD04BC7D7016061350775440460F6E2263D0E855',X'F072D2B7736E3C02B81CF8582567501A5EB232FFF4572D21A31CE8DD8634327B',1760000000000,0);
INSERT INTO "snapshot" VALUES(15,3,1,'PLANNING','PlanMade','{"said":"ü1","turn":1}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":2,"usage":{"tokens":7}}',25,X'04CD05ACFB92194B06F7F472C8AF9E8853B02F7EFE54C451AC6D0B7C7FDD3CFF',X'534D4E7BE5AB02FE0489F35F781EC6FBEAEA5FC8C36914493D09DB08EC666BB4',1760000000001,1);
INSERT INTO "snapshot" VALUES(16,3,2,'PLANNING','PlanMade','{"said":"ü2","turn":2}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":3,"usage":{"tokens":14}}',28,X'A7C1D210E05B9155D70FA05553D5657F3A3437C3FD7299E328D50202F0242493',X'A2B1E1823B777142AD1F9762C40AE2C0EAA862269B7728D1D2A4AB1AC17C2BF5',1760000000002,2);
INSERT INTO "snapshot" VALUES(17,3,3,'PLANNING','PlanMade','{"said":"ü3","turn":3}','{"calls":null,"history":4,"usage":{"model_turns":2,"tokens":21}}',30,X'01C884681EC2B5FE48ADAA70AF175CB1AFE9B0FF966383148ECC10ACFF4D6DF3',X'EBFCCF933444B42A6ACD2D63ACC5AB73A1C11275CF8110C6659247263448F601',1760000000003,3);
INSERT INTO "snapshot" VALUES(18,3,4,'PLANNING','PlanMade','{"said":"ü4","turn":4}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":5,"usage":{"tokens":28}}',32,X'B49B3F6917B3FA8C86E9477E888EA21753B8F06DA22B102806E338DBB34D5B9E',X'65D3915D9B76F8EBC313F606DB2C6015E29C104EC2AE4D04ACBF61CFFF6ADD0F',1760000000004,0);
INSERT INTO "snapshot" VALUES(19,3,5,'PLANNING','PlanMade','{"said":"ü5","turn":5}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":6,"usage":{"tokens":35}}',34,X'D658989E5B94FE9A53628B806F41DDF78C75BD8539AB37570FF8E5D268637DE0',X'9044236BEF85BC5D16944FB9A82A02EBB6DB1B42865911E59C17FEA8A66868D2',1760000000005,1);
INSERT INTO "snapshot" VALUES(20,3,6,'PLANNING','PlanMade','{"said":"ü6","turn":6}','{"calls":null,"history":7,"usage":{"model_turns":3,"tokens":42}}',37,X'57BAFAE0B09E0D33C4348A6B49BA5A376EF8E83ED640620D31605C06AF132BAA',X'7D8DCAA1E513513DD6A3DB379ED187A89FDADF772D2635C0962A9863ED8CFA54',1760000000006,2);
INSERT INTO "snapshot" VALUES(21,3,7,'PLANNING','PlanMade','{"said":"ü7","turn":7}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":8,"usage":{"tokens":49}}',39,X'D50FF67083C87DC0F88EF79CBA936D26B29FA9FB5590FB6D8C5926366C0DD725',X'7681C447DA801B5960CA088BCB4F37F0AF2328D9550176B888DEB4ECCE43EC06',1760000000007,3);
INSERT INTO "snapshot" VALUES(22,3,8,'PLANNING','PlanMade','{"said":"ü8","turn":8}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":9,"usage":{"tokens":56}}',41,X'FB5813573B9E4BFC52A667E99C5410669D98E9430946A4328A863DD6322BD5EC',X'CCE84850F2B7846B510A95F1252AC8063C3B1E0445AC2BBA4E744018ABD0846C',1760000000008,0);
INSERT INTO "snapshot" VALUES(23,3,9,'PLANNING','PlanMade','{"said":"ü9","turn":9}','{"calls":null,"history":10,"usage":{"model_turns":4,"tokens":63}}',43,X'7F9BC39E03C247C051DB168EA97EE60493A9CA4103638EE83A8066830452C5A5',X'25C388FD4621A98C6D957996D1DE244D7FD8B90E0B85C3A4E22D3D5A5E109697',1760000000009,1);
INSERT INTO "snapshot" VALUES(24,3,10,'PLANNING','PlanMade','{"said":"ü10","turn":10}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":11,"usage":{"tokens":70}}',22,X'6603A83483ED24B431F437A72EC8AA7E23AE1EDFED1E7DEE83BC601D80B5BA43',X'299644005C670CB4A554E904210440982BB11A15113DD63091FFD5FFE63C91C9',1760000000010,2);
INSERT INTO "snapshot" VALUES(25,3,11,'PLANNING','PlanMade','{"said":"ü11","turn":11}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":12,"usage":{"tokens":77}}',25,X'07658D399C0036C45F5AE826EFD48C6F697A01D25FC8F618BA0405AE4105DFF6',X'4E9B1B6C03D030E2E8933FF8AEAAAA4AC3478309D9AB7DAFFCC6D01C2D5D1658',1760000000011,3);
INSERT INTO "snapshot" VALUES(26,3,12,'PLANNING','PlanMade','{"said":"ü12","turn":12}','{"calls":null,"history":13,"usage":{"model_turns":5,"tokens":84}}',28,X'234FDEDC02494CF9FF62889B648D462CAB90E73F7CFE938494A9E19E67831529',X'4A4F42537165876AE9F30F2B3F4C0CBC0ECBB96DAE859CE9D2A0A893AD31D2B7',1760000000012,0);
INSERT INTO "snapshot" VALUES(27,3,13,'PLANNING','PlanMade','{"said":"ü13","turn":13}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":14,"usage":{"tokens":91}}',30,X'274D08030DE01E92D83877B5E40642FFEBD5810AFEF670BD97CA69EA1785CCA4',X'C8D79B90CC46F22CD967A98053C2C380229015CDA227AED2D3AE1D130A783223',1760000000013,1);
INSERT INTO "snapshot" VALUES(28,3,14,'PLANNING','PlanMade','{"said":"ü14","turn":14}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":15,"usage":{"tokens":98}}',32,X'C44D1015A24363C75AFBFDF2E65C6B044AFE49E1DFFAD926659C5F9775C174E5',X'D4AC00CE99865993346A83091C11F0261B1A75847F44F265AEB898AD82CBC9A4',1760000000014,2);
INSERT INTO "snapshot" VALUES(29,3,15,'PLANNING','PlanMade','{"said":"ü15","turn":15}','{"calls":null,"history":16,"usage":{"model_turns":6,"tokens":105}}',34,X'A0D023D5B8FE21C2C584B89E3566A1438DB349639A823273450E557D90998F87',X'2DDED631FB50913A3FFC85CEB48DC24DF73AAB0C824EB35B32EA37017FB546BC',1760000000015,3);
INSERT INTO "snapshot" VALUES(30,3,16,'PLANNING','PlanMade','{"said":"ü16","turn":16}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":17,"spec":"sha256:0000000000000000000000000000000000000000000000000000000000000000","usage":{"model_turns":6,"tokens":112}}',37,X'6266688101B9B6CF3B80AC1C1AAAF3F27880874C913FFD3F4D1ECC4D63F18F8B',X'D77A83DABCBC889018010197B5B2FFB8534D21F7D89C893C85166ED04712FB9D',1760000000016,0);
INSERT INTO "snapshot" VALUES(31,3,17,'PLANNING','PlanMade','{"said":"ü17","turn":17}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":18,"usage":{"tokens":119}}',39,X'34AF833226F186E446C83E1895EF9934452C7BFEE6018AF1E43645094BE55ED7',X'3E3981AAD6728E360E7126B06C9BC8287853F0F278EE4FEB92D797834E9E798D',1760000000017,1);
INSERT INTO "snapshot" VALUES(32,3,18,'PLANNING','PlanMade','{"said":"ü18","turn":18}','{"calls":null,"history":19,"usage":{"model_turns":7,"tokens":126}}',41,X'865F5E8843B8DE962D7B93BBE7B8318FE6142BB71D0EF6E35467DDFC7D7D10A2',X'4850A804E0CA0450C9A4904709EDF8B76C44FB1FD6F2FE7E4807092617EC3A09',1760000000018,2);
INSERT INTO "snapshot" VALUES(33,3,19,'PLANNING','PlanMade','{"said":"ü19","turn":19}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":20,"usage":{"tokens":133}}',43,X'38494569D31D53D667ED0F9AFC3D71B8ED9D792E9F1AE97A74A10930A0CEEA30',X'0E9D75CEF68092EFF9004207A9A89E7BFF2E5A11A13DC7CAC9000DF1E1BF6E6D',1760000000019,3);
INSERT INTO "snapshot" VALUES(34,3,20,'PLANNING','PlanMade','{"said":"ü20","turn":20}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":21,"usage":{"tokens":140}}',22,X'A0AED24FDEDB2353A6179FC60A7D9B2462B3C3C42F750D2407B0959173F1331C',X'B71F1385F92C96D25BCF7E97106D653827417891CAA9F5564BFF5B9348D57CD3',1760000000020,0);
INSERT INTO "snapshot" VALUES(35,3,21,'PLANNING','PlanMade','{"said":"ü21","turn":21}','{"calls":null,"history":22,"usage":{"model_turns":8,"tokens":147}}',25,X'099C720CEDA722E5F90E3EF605263B7FD8616F2F225909E6C42FFC3BEF92CE20',X'222B41DC5AD4FC0AE8882EDF3CA145ADADC91CD14A5A820A0A5EF12E2CFAE829',1760000000021,1);
INSERT INTO "snapshot" VALUES(36,3,22,'PLANNING','PlanMade','{"said":"ü22","turn":22}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":23,"usage":{"tokens":154}}',28,X'1C3527988C747B073E18BFD3862DF474F4614CBE4F03805E47F3DAD41C061951',X'92552C7F15107CAD99D6389E27B9DF12C73AD23C904132DA71485FA8313295F0',1760000000022,2);
INSERT INTO "snapshot" VALUES(37,3,23,'PLANNING','PlanMade','{"said":"ü23","turn":23}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":24,"usage":{"tokens":161}}',30,X'99E77843DCBB99665F3CF53CFCBA8E91A9E94CAECFAAE1438E9E5276054B1BA8',X'A3F29AC133BADA4E04B4FBF5442D53CC4D6085AC41EC01606FF801B17A4A707A',1760000000023,3);
INSERT INTO "snapshot" VALUES(38,3,24,'PLANNING','PlanMade','{"said":"ü24","turn":24}','{"calls":null,"history":25,"usage":{"model_turns":9,"tokens":168}}',32,X'74A0D146262FDC5479C4E0CFBC39488702A3F7ADED59E0E16A5833320106A1D8',X'9EBC7D78B0C6AF972F41451F924CA78558213255D8115ACB7E9C0822C82147F9',1760000000024,0);
INSERT INTO "snapshot" VALUES(39,3,25,'PLANNING','PlanMade','{"said":"ü25","turn":25}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":26,"usage":{"tokens":175}}',34,X'41A785D884E3A84535E3A501B2A4B1361E5785DA66EB0BC8AFF8FD8C949C8A8F',X'55DFAA588D22AAAEE6641A19AB84F506DC78939FC4AA72562C4B8D4E6190CE6E',1760000000025,1);
INSERT INTO "snapshot" VALUES(40,3,26,'PLANNING','PlanMade','{"said":"ü26","turn":26}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":27,"usage":{"tokens":182}}',37,X'A2C15E3601EA82C53D0FC904EA70B65313D9DFF04EE209702B322DFBDFEA9417',X'0346CEC96D3D74D7D773D491D0F0357AA4152775CD1DEFF591897EB41A59D353',1760000000026,2);
INSERT INTO "snapshot" VALUES(41,3,27,'PLANNING','PlanMade','{"said":"ü27","turn":27}','{"calls":null,"history":28,"usage":{"model_turns":10,"tokens":189}}',39,X'D836C2A95DE4553F056F34017C2523F077B61D0C08258A29D77648EBF7E53D90',X'F6B5AF2FE95CD4B16E25A0EEB8AC9DA36964E04432492A7650DB0927BCD8C0F8',1760000000027,3);
INSERT INTO "snapshot" VALUES(42,3,28,'PLANNING','PlanMade','{"said":"ü28","turn":28}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":29,"usage":{"tokens":196}}',41,X'3EFFE53967D164A243E3B6A63B81FEA8B2039B14B60E9646045A95D2E3145D83',X'5A09601D64C58E2D8E86E3F3D023EA62AE6D3DC67956EB7710B9799FA066D8F6',1760000000028,0);
INSERT INTO "snapshot" VALUES(43,3,29,'PLANNING','PlanMade','{"said":"ü29","turn":29}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":30,"usage":{"tokens":203}}',43,X'8B2C6F159FF2201BC7E0EC7F8CAEA8B5159333DB8311AA9D505F23BB2AA7C2D0',X'3E2299DAFEE51C9483F1240756E63302A8C3B5BCB2A2001DD1FE020623AFF09A',1760000000029,1);
INSERT INTO "snapshot" VALUES(44,3,30,'PLANNING','PlanMade','{"said":"ü30","turn":30}','{"calls":null,"history":31,"usage":{"model_turns":11,"tokens":210}}',22,X'0FC4B0DAA6A2B49B0499AFBAB4F55571E5FC407A78EB2140C87E99E6C6C1A498',X'61FFEC630417F951BA10578200904A2803D7CEB6C506FC69342E3779840F6425',1760000000030,2);
INSERT INTO "snapshot" VALUES(45,3,31,'PLANNING','PlanMade','{"said":"ü31","turn":31}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":32,"usage":{"tokens":217}}',25,X'A0CD3672DD644CFE0A6BDCABCF0BD1FD9F6E83DDB565A938FCA0934C50D32FAE',X'4AEE8E44F5E65A69BF864C076BDC0B06410950F4BEF80DDAC36BB5F71DF0F22E',1760000000031,3);
INSERT INTO "snapshot" VALUES(46,3,32,'PLANNING','PlanMade','{"said":"ü32","turn":32}','{"calls":{"0":{"attempts":3,"outcome":{"status":"ok"},"phase":"settled","tool":"look"}},"history":33,"spec":"sha256:0000000000000000000000000000000000000000000000000000000000000000","usage":{"model_turns":11,"tokens":224}}',28,X'16B5DF316DC6ECA0F13B06D41231F41B9A763A4D517959E80C1118735A93E9C4',X'AB8AEB284CF98AAADF517C888AAB7BC4234F642EAFD3A5ABFDFB0A46F56AB5C7',1760000000032,0);
INSERT INTO "snapshot" VALUES(47,3,33,'PLANNING','PlanMade','{"said":"ü33","turn":33}','{"calls":null,"history":34,"usage":{"model_turns":12,"tokens":231}}',30,X'9B9FCC8A97CAD5183E5023F0C7EEDAF367BAA6A10D3EB684124C369BFAA6062E',X'79779E71E2BB4BD7631FF78555FEBB496927E1165CD0EDF760EAD43C9F85E90A',1760000000033,1);
INSERT INTO "snapshot" VALUES(48,3,34,'PLANNING','PlanMade','{"said":"ü34","turn":34}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":35,"usage":{"tokens":238}}',32,X'12BBF48E8B85A0E6569FD267AE85B11FFBCB5CB7D02626E6CB8FA36F2FED6BB5',X'6C92813B22D3A0C7D00B284574ADBA851334BE46BABAE1A1821B458453F8D518',1760000000034,2);
INSERT INTO "snapshot" VALUES(49,3,35,'PLANNING','PlanMade','{"said":"ü35","turn":35}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":36,"usage":{"tokens":245}}',34,X'7A1F02B4DF847A6088F346813D4F56FBE8EC8F8D4F151CEDF1DC3DCA7F76D65A',X'B7D2DA0FBB4149B56928C21D921E7DF46068C654AE52CED75088BA5ADF3C0B27',1760000000035,3);
INSERT INTO "snapshot" VALUES(50,3,36,'PLANNING','PlanMade','{"said":"ü36","turn":36}','{"calls":null,"history":37,"usage":{"model_turns":13,"tokens":252}}',37,X'C0C7DE9F95237919B5FC26EB25DF2FC92D0524687FCAB70CBC1BFA2DB919CB31',X'1C948E8CBA4DB6B9E642ADFC4011D813A2419BFFA25814458D6F258BEB030133',1760000000036,0);
INSERT INTO "snapshot" VALUES(51,3,37,'PLANNING','PlanMade','{"said":"ü37","turn":37}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":38,"usage":{"tokens":259}}',39,X'9EB40302A82AECC303A26D0AD76E4977B662D66CD5C9798B8FDE728AAABFFD79',X'1EC855DDC4AE404B49AEE1CD515C599781FC49C995FAED566B7B0258C8B7C296',1760000000037,1);
INSERT INTO "snapshot" VALUES(52,4,0,'PLANNING','Begun','{"said":"ü0","turn":0}','{"history":1,"spec":"sha256:0000000000000000000000000000000000000000000000000000000000000000","usage":{"model_turns":1,"tokens":0}}',22,X'D2765E89212CBDAD8F24E0E59021517142CDC1176A5B8A487BBE018E0160F956',X'276864BF8F8DE3A104B07EAF2EEC867FF5B5DFB09BBB4EFF9D40451272954FED',1760000000000,0);
INSERT INTO "snapshot" VALUES(53,4,1,'PLANNING','PlanMade','{"said":"ü1","turn":1}','{"calls":{"0":{"attempts":3,"phase":"ready","tool":"look"}},"history":2,"usage":{"tokens":7}}',25,X'15E0DADB996B436E3E23976B950CE3670B8AB150F87FD9037F7E6659E78E7FAB',X'6198588BCFBFF1CBCF041EEB6BB4861B5D1FD41AC79D67C0D5B0A918037B2AC9',1760000000001,1);
INSERT INTO "snapshot" VALUES(54,4,2,'PLANNING','PlanMade','{"said":"ü2","turn":2}','{"calls":{"0":{"outcome":{"status":"ok"},"phase":"settled"}},"history":3,"usage":{"tokens":14}}',28,X'96083E06869242CFA86901F992F1ACFF828215D68999B889B7BCA69A1AC91828',X'2A7DCE774605A2126488D08865BC51AA2AD7AA17E953569D35A8868004C628E6',1760000000002,2);
INSERT INTO "snapshot" VALUES(55,4,3,'PLANNING','PlanMade','{"said":"ü3","turn":3}','{"calls":null,"history":4,"usage":{"model_turns":2,"tokens":21}}',30,X'FF0F18D45359E636725FA3C9D53A9B0793E539751880550512C25DB81DD5F413',X'58526E1C4D35B90862A6E1FF221A4624D415E0D86C7BBAB951DCE0E87924BFA8',1760000000003,3);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE UNIQUE INDEX object_shared ON object (digest)
  WHERE kind IN ('spec', 'schema', 'prompt', 'guards');
CREATE INDEX run_folder ON run (folder);
CREATE INDEX run_name ON run (name) WHERE name <> '';
CREATE INDEX run_parent ON run (parent) WHERE parent IS NOT NULL;
CREATE INDEX inbox_run ON inbox (run);
CREATE INDEX driver_run ON driver (run);
CREATE TRIGGER run_stays BEFORE DELETE ON run
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.key)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER snapshot_stays BEFORE DELETE ON snapshot
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER message_stays BEFORE DELETE ON message
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER extra_stays BEFORE DELETE ON extra
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER decision_stays BEFORE DELETE ON decision
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER object_stays BEFORE DELETE ON object
  WHEN NOT EXISTS (SELECT 1 FROM pruning)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER object_same BEFORE UPDATE ON object
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER run_same BEFORE UPDATE ON run
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER snapshot_same BEFORE UPDATE ON snapshot
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER message_same BEFORE UPDATE ON message
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER extra_same BEFORE UPDATE ON extra
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER decision_same BEFORE UPDATE ON decision
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE VIEW snapshot_view AS
  SELECT run.id AS run, s.seq, s.state, s.event, s.event_body,
    (WITH RECURSIVE folded (seq, body) AS (
       SELECT f.seq, f.body FROM snapshot f WHERE f.run = s.run AND f.seq = s.seq - s.seq % 16
       UNION ALL
       SELECT n.seq, json_patch(folded.body, n.body)
         FROM folded JOIN snapshot n ON n.run = s.run AND n.seq = folded.seq + 1 WHERE folded.seq < s.seq
     )
     SELECT json_set(folded.body, '$.run', run.id, '$.seq', s.seq, '$.at', s.at, '$.state', s.state)
       FROM folded WHERE folded.seq = s.seq) AS body,
    'sha256:' || lower(hex(s.digest)) AS digest, 'sha256:' || lower(hex(s.chain)) AS chain, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run;
CREATE VIEW clicks_view AS
  SELECT run.id AS run, s.seq, s.state, s.event, s.event_body, s.body AS changed, g.body AS guards,
    'sha256:' || lower(hex(s.digest)) AS digest, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run JOIN object g ON g.id = s.guards;
CREATE VIEW runs_view AS
  SELECT run.id, run.name, run.goal, s.state, s.seq, s.at, run.created, run.folder, p.id AS parent, run.parent_seq
  FROM run JOIN snapshot s ON s.run = run.key AND s.seq = (SELECT max(seq) FROM snapshot WHERE run = run.key)
  LEFT JOIN run p ON p.key = run.parent;
CREATE VIEW messages_view AS
  SELECT run.id AS run, m.position, m.seq, o.kind, o.body
  FROM message m JOIN run ON run.key = m.run JOIN object o ON o.id = m.object;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('run',4);
INSERT INTO "sqlite_sequence" VALUES('inbox',3);
COMMIT;
