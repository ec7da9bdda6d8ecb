CREATE TABLE "anchors" (
	"task_id" text NOT NULL,
	"sender" text NOT NULL,
	"root" text NOT NULL,
	"ballots" numeric(78, 0) NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "anchors_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "ballots" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"role" text NOT NULL,
	"status" text NOT NULL,
	"signer" text NOT NULL,
	"version" bigint NOT NULL,
	"unfunded_version" bigint DEFAULT 0 NOT NULL,
	"judgments" integer NOT NULL,
	"admission_index" integer NOT NULL,
	"commitment" text NOT NULL,
	"locked_units" numeric(78, 0) NOT NULL,
	"entries" text,
	"effective_judgments" integer,
	"score_ppm" integer,
	"scored" integer,
	"multiple_ppm" integer,
	"pay_units" numeric(78, 0),
	"loss_units" numeric(78, 0),
	"gold_right" integer,
	"gold_wrong" integer,
	"gold_failed" boolean,
	"first_commit_block" bigint NOT NULL,
	"first_commit_log_index" integer NOT NULL,
	"committed_at" bigint NOT NULL,
	"committed_block" bigint NOT NULL,
	"committed_block_hash" text NOT NULL,
	"committed_tx" text NOT NULL,
	"revealed_at" bigint,
	"revealed_block" bigint,
	"revealed_tx" text,
	"settled_at" bigint,
	"settled_block" bigint,
	"settled_tx" text,
	CONSTRAINT "ballots_task_id_validator_pk" PRIMARY KEY("task_id","validator")
);
--> statement-breakpoint
CREATE TABLE "blocks" (
	"number" bigint PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"parent_hash" text NOT NULL,
	"timestamp" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"chain_id" bigint NOT NULL,
	"stake_registry" text NOT NULL,
	"feedback_tasks" text NOT NULL,
	"provenance_registry" text,
	"start_block" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"chain_head" bigint NOT NULL,
	"registry_held_units" numeric(78, 0),
	"tasks_held_units" numeric(78, 0),
	"error" text
);
--> statement-breakpoint
CREATE TABLE "claims" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"claim_units" numeric(78, 0) NOT NULL,
	"paid_units" numeric(78, 0),
	"dust_units" numeric(78, 0),
	"paid_at" bigint,
	"paid_block" bigint,
	"paid_tx" text,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "claims_task_id_validator_pk" PRIMARY KEY("task_id","validator")
);
--> statement-breakpoint
CREATE TABLE "commits" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"signer" text NOT NULL,
	"version" bigint NOT NULL,
	"judgments" integer NOT NULL,
	"admission_index" integer NOT NULL,
	"commitment" text NOT NULL,
	"locked_units" numeric(78, 0) NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "commits_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "credits" (
	"account" text NOT NULL,
	"task_id" text NOT NULL,
	"kind" text NOT NULL,
	"units" numeric(78, 0) NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "credits_block_number_log_index_kind_pk" PRIMARY KEY("block_number","log_index","kind")
);
--> statement-breakpoint
CREATE TABLE "golds" (
	"task_id" text NOT NULL,
	"item_index" integer NOT NULL,
	"answer" integer NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "golds_task_id_item_index_pk" PRIMARY KEY("task_id","item_index")
);
--> statement-breakpoint
CREATE TABLE "items" (
	"task_id" text NOT NULL,
	"item_index" integer NOT NULL,
	"prompt_hash" text NOT NULL,
	"output_a_hash" text NOT NULL,
	"output_b_hash" text NOT NULL,
	CONSTRAINT "items_task_id_item_index_pk" PRIMARY KEY("task_id","item_index")
);
--> statement-breakpoint
CREATE TABLE "judgments" (
	"task_id" text NOT NULL,
	"item_index" integer NOT NULL,
	"validator" text NOT NULL,
	"role" text NOT NULL,
	"verdict" integer NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "judgments_task_id_item_index_validator_pk" PRIMARY KEY("task_id","item_index","validator")
);
--> statement-breakpoint
CREATE TABLE "manifests" (
	"task_id" text PRIMARY KEY NOT NULL,
	"manifest_hash" text NOT NULL,
	"title" text NOT NULL,
	"guideline_version" text NOT NULL,
	"replay" boolean NOT NULL,
	"identical" integer NOT NULL,
	"empty" integer NOT NULL,
	"annex_hash" text,
	"human_admission" jsonb,
	"ai_admission" jsonb,
	"refusal" text
);
--> statement-breakpoint
CREATE TABLE "provenance_parents" (
	"record_id" text NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"parent_id" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "provenance_parents_record_id_position_pk" PRIMARY KEY("record_id","position")
);
--> statement-breakpoint
CREATE TABLE "provenance_records" (
	"record_id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"kind" text NOT NULL,
	"content_hash" text NOT NULL,
	"manifest_hash" text NOT NULL,
	"co_signer" text,
	"withdrawn_at" bigint,
	"withdrawn_reason" text,
	"withdrawn_tx" text,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seat_changes" (
	"validator" text NOT NULL,
	"role" text NOT NULL,
	"active" boolean NOT NULL,
	"from_block" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "seat_changes_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"validator" text NOT NULL,
	"key" text NOT NULL,
	"nonce" numeric(78, 0) NOT NULL,
	"authorized_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"revoked_at" bigint,
	"revoked_tx" text,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "sessions_validator_key_pk" PRIMARY KEY("validator","key")
);
--> statement-breakpoint
CREATE TABLE "settlements" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"kind" text NOT NULL,
	"score_ppm" integer NOT NULL,
	"scored" integer NOT NULL,
	"multiple_ppm" integer NOT NULL,
	"pay_units" numeric(78, 0) NOT NULL,
	"loss_units" numeric(78, 0) NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "settlements_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "stake_changes" (
	"validator" text,
	"kind" text NOT NULL,
	"units" numeric(78, 0) NOT NULL,
	"task_id" text,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "stake_changes_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"task_id" text PRIMARY KEY NOT NULL,
	"requester" text NOT NULL,
	"nonce" numeric(78, 0) NOT NULL,
	"escrow_units" numeric(78, 0) NOT NULL,
	"snapshot_block" bigint NOT NULL,
	"seed_block" bigint NOT NULL,
	"operator" text NOT NULL,
	"operator_bond" numeric(78, 0) NOT NULL,
	"receipt_key" text NOT NULL,
	"items_root" text NOT NULL,
	"item_count" integer NOT NULL,
	"manifest_hash" text NOT NULL,
	"gold_hash" text NOT NULL,
	"human_admission_root" text NOT NULL,
	"human_seats" bigint NOT NULL,
	"ai_admission_root" text NOT NULL,
	"ai_seats" bigint NOT NULL,
	"human_votes" integer NOT NULL,
	"ai_votes" integer NOT NULL,
	"human_price" numeric(78, 0) NOT NULL,
	"ai_price" numeric(78, 0) NOT NULL,
	"operator_fee" numeric(78, 0) NOT NULL,
	"full_pay_score" integer NOT NULL,
	"break_even" integer NOT NULL,
	"max_penalty" integer NOT NULL,
	"min_judgments" integer NOT NULL,
	"condition_on_ai" boolean NOT NULL,
	"oversubscription" bigint NOT NULL,
	"ai_closes_at" bigint NOT NULL,
	"closes_at" bigint NOT NULL,
	"commit_ends_at" bigint NOT NULL,
	"reveal_ends_at" bigint NOT NULL,
	"replay" boolean NOT NULL,
	"seed" text,
	"human_draw_seats" bigint,
	"human_draw_pool" bigint,
	"human_draw_need" integer,
	"human_draw_threshold" numeric(78, 0),
	"ai_draw_seats" bigint,
	"ai_draw_pool" bigint,
	"ai_draw_need" integer,
	"ai_draw_threshold" numeric(78, 0),
	"opened" boolean DEFAULT false NOT NULL,
	"cancelled" boolean DEFAULT false NOT NULL,
	"books_closed" boolean DEFAULT false NOT NULL,
	"settled" boolean DEFAULT false NOT NULL,
	"bond_released" boolean DEFAULT false NOT NULL,
	"gold_stage" text,
	"ballots_committed" integer DEFAULT 0 NOT NULL,
	"ballots_revealed" integer DEFAULT 0 NOT NULL,
	"ballots_voided" integer DEFAULT 0 NOT NULL,
	"ballots_forfeited" integer DEFAULT 0 NOT NULL,
	"ballots_settled" integer DEFAULT 0 NOT NULL,
	"judgments_committed" integer DEFAULT 0 NOT NULL,
	"judgments_revealed" integer DEFAULT 0 NOT NULL,
	"gold_count" integer,
	"gold_valid" integer,
	"gold_void" integer,
	"claims_made" integer DEFAULT 0 NOT NULL,
	"claims_paid" integer DEFAULT 0 NOT NULL,
	"refund_units" numeric(78, 0),
	"fee_units" numeric(78, 0),
	"paid_units" numeric(78, 0) DEFAULT 0 NOT NULL,
	"rest_units" numeric(78, 0),
	"penalty_units" numeric(78, 0) DEFAULT 0 NOT NULL,
	"claimed_units" numeric(78, 0) DEFAULT 0 NOT NULL,
	"seized_units" numeric(78, 0),
	"claims_paid_units" numeric(78, 0) DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	"created_block" bigint NOT NULL,
	"created_block_hash" text NOT NULL,
	"created_log_index" integer NOT NULL,
	"created_tx" text NOT NULL,
	"opened_at" bigint,
	"opened_block" bigint,
	"opened_tx" text,
	"cancelled_at" bigint,
	"cancelled_block" bigint,
	"cancelled_tx" text,
	"books_closed_at" bigint,
	"books_closed_block" bigint,
	"books_closed_tx" text,
	"settled_at" bigint,
	"settled_block" bigint,
	"settled_tx" text,
	"bond_released_at" bigint,
	"bond_released_block" bigint,
	"bond_released_tx" text,
	"gold_opened_at" bigint,
	"gold_opened_block" bigint,
	"gold_opened_tx" text,
	"gold_judged_at" bigint,
	"gold_judged_block" bigint,
	"gold_judged_tx" text
);
--> statement-breakpoint
CREATE TABLE "undo" (
	"block_number" bigint NOT NULL,
	"table_name" text NOT NULL,
	"key" text NOT NULL,
	"before" jsonb,
	CONSTRAINT "undo_block_number_table_name_key_pk" PRIMARY KEY("block_number","table_name","key")
);
--> statement-breakpoint
CREATE TABLE "unfunded_ballots" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"version" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "unfunded_ballots_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "validators" (
	"validator" text PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"profile_hash" text NOT NULL,
	"staked_units" numeric(78, 0) NOT NULL,
	"locked_units" numeric(78, 0) NOT NULL,
	"active" boolean NOT NULL,
	"seat_from_block" bigint,
	"exitable_at" bigint,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "withdrawals" (
	"account" text NOT NULL,
	"units" numeric(78, 0) NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_timestamp" bigint NOT NULL,
	"tx_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	CONSTRAINT "withdrawals_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "acceptances" (
	"task_id" text PRIMARY KEY NOT NULL,
	"requester" text NOT NULL,
	"nonce" numeric(78, 0) NOT NULL,
	"manifest_hash" text NOT NULL,
	"terms" jsonb NOT NULL,
	"signature" text NOT NULL,
	"accepted_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ballot_heads" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"role" text NOT NULL,
	"version" bigint NOT NULL,
	"judgments" integer NOT NULL,
	"digest" text NOT NULL,
	"signer" text NOT NULL,
	CONSTRAINT "ballot_heads_task_id_validator_pk" PRIMARY KEY("task_id","validator")
);
--> statement-breakpoint
CREATE TABLE "ballot_notes" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"version" bigint NOT NULL,
	"notes_hash" text NOT NULL,
	"notes" text NOT NULL,
	CONSTRAINT "ballot_notes_task_id_validator_pk" PRIMARY KEY("task_id","validator")
);
--> statement-breakpoint
CREATE TABLE "ballot_versions" (
	"digest" text PRIMARY KEY NOT NULL,
	"sequence" bigserial NOT NULL,
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"role" text NOT NULL,
	"version" bigint NOT NULL,
	"judgments" integer NOT NULL,
	"commitment" text NOT NULL,
	"signature" text NOT NULL,
	"signer" text NOT NULL,
	"admission_index" integer NOT NULL,
	"entries" text NOT NULL,
	"salt" text NOT NULL,
	"notes_hash" text NOT NULL,
	"receipt_signature" text NOT NULL,
	"received_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "intakes" (
	"task_id" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "intakes_task_id_role_pk" PRIMARY KEY("task_id","role")
);
--> statement-breakpoint
CREATE TABLE "judged_items" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"item_index" integer NOT NULL,
	"role" text NOT NULL,
	"version" bigint NOT NULL,
	"judged_at" bigint NOT NULL,
	CONSTRAINT "judged_items_task_id_validator_item_index_pk" PRIMARY KEY("task_id","validator","item_index")
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"item_index" integer NOT NULL,
	"role" text NOT NULL,
	"leased_at" bigint NOT NULL,
	"deadline" bigint NOT NULL,
	CONSTRAINT "leases_task_id_validator_item_index_pk" PRIMARY KEY("task_id","validator","item_index")
);
--> statement-breakpoint
CREATE TABLE "opening_copies" (
	"task_id" text NOT NULL,
	"validator" text NOT NULL,
	"version" bigint NOT NULL,
	"ciphertext" text NOT NULL,
	"stored_at" bigint NOT NULL,
	CONSTRAINT "opening_copies_task_id_validator_pk" PRIMARY KEY("task_id","validator")
);
--> statement-breakpoint
CREATE TABLE "release_files" (
	"release_id" text NOT NULL,
	"name" text NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"media_type" text NOT NULL,
	CONSTRAINT "release_files_release_id_name_pk" PRIMARY KEY("release_id","name")
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"release_id" text PRIMARY KEY NOT NULL,
	"root" text NOT NULL,
	"task_ids" jsonb NOT NULL,
	"rows" integer NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sealed_golds" (
	"gold_hash" text PRIMARY KEY NOT NULL,
	"manifest_hash" text NOT NULL,
	"salt" text NOT NULL,
	"golds" text NOT NULL,
	"received_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session_requests" (
	"validator" text NOT NULL,
	"key" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"nonce" numeric(78, 0) NOT NULL,
	"signature" text NOT NULL,
	"received_at" bigint NOT NULL,
	CONSTRAINT "session_requests_validator_key_pk" PRIMARY KEY("validator","key")
);
--> statement-breakpoint
CREATE TABLE "sign_in_nonces" (
	"nonce" text PRIMARY KEY NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_ins" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "upload_parts" (
	"manifest_hash" text PRIMARY KEY NOT NULL,
	"upload_id" text NOT NULL,
	"part" integer NOT NULL,
	"title" text NOT NULL,
	"items_root" text NOT NULL,
	"item_count" integer NOT NULL,
	"annex_hash" text NOT NULL,
	"replay" boolean NOT NULL,
	"identical" integer NOT NULL,
	"empty" integer NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"upload_id" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"layout" text NOT NULL,
	"rows" integer NOT NULL,
	"identical" integer NOT NULL,
	"empty" integer NOT NULL,
	"skipped" jsonb NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "anchor_leaves" (
	"tree_id" integer NOT NULL,
	"position" integer NOT NULL,
	"digest" text NOT NULL,
	CONSTRAINT "anchor_leaves_tree_id_position_pk" PRIMARY KEY("tree_id","position")
);
--> statement-breakpoint
CREATE TABLE "anchor_trees" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "anchor_trees_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"task_id" text NOT NULL,
	"root" text NOT NULL,
	"ballots" integer NOT NULL,
	"intent_id" integer NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transaction_attempts" (
	"tx_hash" text PRIMARY KEY NOT NULL,
	"intent_id" integer NOT NULL,
	"nonce" integer NOT NULL,
	"raw_transaction" text NOT NULL,
	"max_fee_per_gas" numeric(78, 0) NOT NULL,
	"max_priority_fee_per_gas" numeric(78, 0) NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transaction_intents" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "transaction_intents_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"task_id" text,
	"elements" jsonb NOT NULL,
	"to_address" text NOT NULL,
	"call_data" text NOT NULL,
	"gas_limit" bigint NOT NULL,
	"state" text NOT NULL,
	"sender" text,
	"nonce" integer,
	"signed_at_block" bigint,
	"tx_hash" text,
	"block_number" bigint,
	"gas_used" bigint,
	"reason" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "items" ADD CONSTRAINT "items_task_id_tasks_task_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("task_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "manifests" ADD CONSTRAINT "manifests_task_id_tasks_task_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("task_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "anchor_leaves" ADD CONSTRAINT "anchor_leaves_tree_id_anchor_trees_id_fk" FOREIGN KEY ("tree_id") REFERENCES "public"."anchor_trees"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "anchor_trees" ADD CONSTRAINT "anchor_trees_intent_id_transaction_intents_id_fk" FOREIGN KEY ("intent_id") REFERENCES "public"."transaction_intents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transaction_attempts" ADD CONSTRAINT "transaction_attempts_intent_id_transaction_intents_id_fk" FOREIGN KEY ("intent_id") REFERENCES "public"."transaction_intents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "anchors_task_id_block_number_log_index_index" ON "anchors" USING btree ("task_id","block_number","log_index");--> statement-breakpoint
CREATE INDEX "anchors_root_index" ON "anchors" USING btree ("root");--> statement-breakpoint
CREATE INDEX "ballots_validator_index" ON "ballots" USING btree ("validator");--> statement-breakpoint
CREATE INDEX "ballots_first_commit_block_first_commit_log_index_index" ON "ballots" USING btree ("first_commit_block","first_commit_log_index");--> statement-breakpoint
CREATE INDEX "claims_validator_index" ON "claims" USING btree ("validator");--> statement-breakpoint
CREATE INDEX "claims_block_number_log_index_index" ON "claims" USING btree ("block_number","log_index");--> statement-breakpoint
CREATE INDEX "commits_task_id_validator_index" ON "commits" USING btree ("task_id","validator");--> statement-breakpoint
CREATE INDEX "commits_validator_index" ON "commits" USING btree ("validator");--> statement-breakpoint
CREATE INDEX "credits_account_index" ON "credits" USING btree ("account");--> statement-breakpoint
CREATE INDEX "credits_task_id_index" ON "credits" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "golds_block_number_index" ON "golds" USING btree ("block_number");--> statement-breakpoint
CREATE INDEX "items_prompt_hash_index" ON "items" USING btree ("prompt_hash");--> statement-breakpoint
CREATE INDEX "judgments_validator_task_id_item_index_index" ON "judgments" USING btree ("validator","task_id","item_index");--> statement-breakpoint
CREATE INDEX "judgments_block_number_index" ON "judgments" USING btree ("block_number");--> statement-breakpoint
CREATE INDEX "provenance_parents_parent_id_block_number_log_index_index" ON "provenance_parents" USING btree ("parent_id","block_number","log_index");--> statement-breakpoint
CREATE INDEX "provenance_parents_block_number_index" ON "provenance_parents" USING btree ("block_number");--> statement-breakpoint
CREATE INDEX "provenance_records_content_hash_index" ON "provenance_records" USING btree ("content_hash");--> statement-breakpoint
CREATE INDEX "provenance_records_owner_index" ON "provenance_records" USING btree ("owner");--> statement-breakpoint
CREATE INDEX "provenance_records_block_number_log_index_index" ON "provenance_records" USING btree ("block_number","log_index");--> statement-breakpoint
CREATE INDEX "seat_changes_validator_from_block_index" ON "seat_changes" USING btree ("validator","from_block");--> statement-breakpoint
CREATE INDEX "seat_changes_role_from_block_index" ON "seat_changes" USING btree ("role","from_block");--> statement-breakpoint
CREATE INDEX "sessions_key_index" ON "sessions" USING btree ("key");--> statement-breakpoint
CREATE INDEX "settlements_task_id_validator_index" ON "settlements" USING btree ("task_id","validator");--> statement-breakpoint
CREATE INDEX "settlements_validator_index" ON "settlements" USING btree ("validator");--> statement-breakpoint
CREATE INDEX "stake_changes_validator_index" ON "stake_changes" USING btree ("validator");--> statement-breakpoint
CREATE INDEX "tasks_created_block_created_log_index_index" ON "tasks" USING btree ("created_block","created_log_index");--> statement-breakpoint
CREATE INDEX "tasks_requester_index" ON "tasks" USING btree ("requester");--> statement-breakpoint
CREATE INDEX "tasks_operator_index" ON "tasks" USING btree ("operator");--> statement-breakpoint
CREATE INDEX "tasks_manifest_hash_index" ON "tasks" USING btree ("manifest_hash");--> statement-breakpoint
CREATE INDEX "unfunded_ballots_task_id_validator_index" ON "unfunded_ballots" USING btree ("task_id","validator");--> statement-breakpoint
CREATE INDEX "validators_role_index" ON "validators" USING btree ("role");--> statement-breakpoint
CREATE INDEX "validators_block_number_log_index_index" ON "validators" USING btree ("block_number","log_index");--> statement-breakpoint
CREATE INDEX "withdrawals_account_index" ON "withdrawals" USING btree ("account");--> statement-breakpoint
CREATE INDEX "ballot_heads_validator_index" ON "ballot_heads" USING btree ("validator");--> statement-breakpoint
CREATE UNIQUE INDEX "ballot_versions_task_id_validator_version_index" ON "ballot_versions" USING btree ("task_id","validator","version");--> statement-breakpoint
CREATE UNIQUE INDEX "ballot_versions_sequence_index" ON "ballot_versions" USING btree ("sequence");--> statement-breakpoint
CREATE INDEX "judged_items_task_id_role_item_index_index" ON "judged_items" USING btree ("task_id","role","item_index");--> statement-breakpoint
CREATE INDEX "leases_task_id_role_item_index_index" ON "leases" USING btree ("task_id","role","item_index");--> statement-breakpoint
CREATE UNIQUE INDEX "session_requests_validator_nonce_index" ON "session_requests" USING btree ("validator","nonce");--> statement-breakpoint
CREATE INDEX "upload_parts_upload_id_part_index" ON "upload_parts" USING btree ("upload_id","part");--> statement-breakpoint
CREATE INDEX "upload_parts_annex_hash_index" ON "upload_parts" USING btree ("annex_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "anchor_leaves_digest_index" ON "anchor_leaves" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "anchor_trees_task_id_root_index" ON "anchor_trees" USING btree ("task_id","root");--> statement-breakpoint
CREATE INDEX "anchor_trees_intent_id_index" ON "anchor_trees" USING btree ("intent_id");--> statement-breakpoint
CREATE INDEX "transaction_attempts_intent_id_index" ON "transaction_attempts" USING btree ("intent_id");--> statement-breakpoint
CREATE INDEX "transaction_intents_in_flight" ON "transaction_intents" USING btree ("id") WHERE state in ('planned', 'sent');--> statement-breakpoint
CREATE INDEX "transaction_intents_task_id_kind_index" ON "transaction_intents" USING btree ("task_id","kind");