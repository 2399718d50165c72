using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FaceId.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class TellFaceChangesRight : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                -- A face sealed by another key is the same face: who seals anew says so, and no server reads it again.
                CREATE OR REPLACE FUNCTION faceid_faces_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF current_setting('faceid.sealed_anew', true) = 'on' THEN RETURN NULL; END IF;
                    INSERT INTO face_changes (face_id)
                        SELECT added.id FROM added LEFT JOIN removed USING (id)
                        WHERE (added.user_id, added.encoding, added.model, added.template, added.template_model)
                            IS DISTINCT FROM (removed.user_id, removed.encoding, removed.model, removed.template, removed.template_model)
                        UNION SELECT id FROM removed WHERE NOT EXISTS (SELECT FROM added WHERE added.id = removed.id);
                    IF FOUND THEN PERFORM pg_notify('faceid_changes', 'faces'); END IF;
                    RETURN NULL;
                END $$;

                -- Other programs know the encoding only. What was made from the encoding before, or with it, goes when they replace it.
                CREATE FUNCTION faceid_encoding_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF current_setting('faceid.sealed_anew', true) = 'on' THEN RETURN NEW; END IF;
                    NEW.template := NULL;
                    NEW.template_model := NULL;
                    NEW.second_encoding := NULL;
                    NEW.second_model := NULL;
                    NEW.quality := NULL;
                    RETURN NEW;
                END $$;

                CREATE TRIGGER encoding_replaced BEFORE UPDATE OF encoding, model ON faces FOR EACH ROW
                    WHEN ((NEW.encoding, NEW.model) IS DISTINCT FROM (OLD.encoding, OLD.model) AND NEW.template IS NOT DISTINCT FROM OLD.template)
                    EXECUTE FUNCTION faceid_encoding_replaced();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER encoding_replaced ON faces;
                DROP FUNCTION faceid_encoding_replaced;
                CREATE OR REPLACE FUNCTION faceid_faces_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO face_changes (face_id)
                        SELECT added.id FROM added LEFT JOIN removed USING (id)
                        WHERE (added.user_id, added.encoding, added.model, added.template, added.template_model)
                            IS DISTINCT FROM (removed.user_id, removed.encoding, removed.model, removed.template, removed.template_model)
                        UNION SELECT id FROM removed WHERE NOT EXISTS (SELECT FROM added WHERE added.id = removed.id);
                    IF FOUND THEN PERFORM pg_notify('faceid_changes', 'faces'); END IF;
                    RETURN NULL;
                END $$;
                """);
        }
    }
}
