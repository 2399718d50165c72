using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class StoreBothOpinions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<byte[]>(
                name: "second_encoding",
                table: "faces",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "second_model",
                table: "faces",
                type: "character varying",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "template",
                table: "faces",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "template_model",
                table: "faces",
                type: "character varying",
                nullable: true);

            // Which faces changed and in which transaction, for the searches that servers keep in memory. Transactions commit in any
            // order, so readers go by the transactions that were still open when they last looked, and not by the row's number.
            migrationBuilder.Sql("""
                CREATE TABLE face_changes (
                    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_face_changes PRIMARY KEY,
                    face_id integer NOT NULL,
                    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
                    changed_at timestamptz NOT NULL DEFAULT now());
                CREATE INDEX ix_face_changes_transaction ON face_changes (transaction);
                CREATE INDEX ix_face_changes_changed_at ON face_changes USING brin (changed_at);

                CREATE FUNCTION faceid_faces_added() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO face_changes (face_id) SELECT id FROM added;
                    IF FOUND THEN PERFORM pg_notify('faceid_changes', 'faces'); END IF;
                    RETURN NULL;
                END $$;

                CREATE FUNCTION faceid_faces_removed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO face_changes (face_id) SELECT id FROM removed;
                    IF FOUND THEN PERFORM pg_notify('faceid_changes', 'faces'); END IF;
                    RETURN NULL;
                END $$;

                CREATE FUNCTION faceid_faces_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO face_changes (face_id)
                        SELECT added.id FROM added LEFT JOIN removed USING (id)
                        WHERE (added.user_id, added.encoding, added.model, added.template, added.template_model)
                            IS DISTINCT FROM (removed.user_id, removed.encoding, removed.model, removed.template, removed.template_model)
                        UNION SELECT id FROM removed WHERE NOT EXISTS (SELECT FROM added WHERE added.id = removed.id);
                    IF FOUND THEN PERFORM pg_notify('faceid_changes', 'faces'); END IF;
                    RETURN NULL;
                END $$;

                CREATE TRIGGER faces_added AFTER INSERT ON faces
                    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION faceid_faces_added();
                CREATE TRIGGER faces_removed AFTER DELETE ON faces
                    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION faceid_faces_removed();
                CREATE TRIGGER faces_changed AFTER UPDATE ON faces
                    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION faceid_faces_changed();
                CREATE TRIGGER emptied AFTER TRUNCATE ON faces FOR EACH STATEMENT EXECUTE FUNCTION faceid_table_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER faces_added ON faces;
                DROP TRIGGER faces_removed ON faces;
                DROP TRIGGER faces_changed ON faces;
                DROP TRIGGER emptied ON faces;
                DROP FUNCTION faceid_faces_added, faceid_faces_removed, faceid_faces_changed;
                DROP TABLE face_changes;
                """);

            migrationBuilder.DropColumn(
                name: "second_encoding",
                table: "faces");

            migrationBuilder.DropColumn(
                name: "second_model",
                table: "faces");

            migrationBuilder.DropColumn(
                name: "template",
                table: "faces");

            migrationBuilder.DropColumn(
                name: "template_model",
                table: "faces");
        }
    }
}
