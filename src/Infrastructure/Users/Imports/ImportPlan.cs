using ErrorOr;
using FaceId.Application.Users;
using FaceId.Application.Users.Imports;
using FaceId.Domain.Faces;
using FaceId.Domain.Users;

namespace FaceId.Infrastructure.Users.Imports;

/// <summary>What one batch comes to, decided entry by entry over what the database holds of the same people.</summary>
internal sealed class ImportPlan(ImportOptions options, ConsentRule consentRule)
{
    private readonly Dictionary<string, ImportAccount> _byAddress = [];
    private readonly Dictionary<int, ImportAccount> _byId = [];
    private readonly List<ImportRefusal> _refusals = [];
    private readonly List<(ImportAccount Account, ImportedFace Face)> _additions = [];
    private readonly List<ImportAccount> _newcomers = [];
    private readonly HashSet<ImportAccount> _withFaces = [];
    private int[]? _foundIds;

    public int NewPeople => _newcomers.Count;

    public int NewFaces => _additions.Count;

    public int KnownFaces { get; private set; }

    public IReadOnlyList<ImportRefusal> Refusals => _refusals;

    public IReadOnlyList<ImportAccount> Newcomers => _newcomers;

    public IReadOnlyList<(ImportAccount Account, ImportedFace Face)> Additions => _additions;

    /// <summary>The accounts of whom the batch tells a face, new or not.</summary>
    public IReadOnlyCollection<ImportAccount> WithFaces => _withFaces;

    /// <summary>The accounts that were there before.</summary>
    public int[] FoundIds => _foundIds ??= [.. _byId.Keys];

    public void Found(int id, string address, string name, Role role)
    {
        var account = new ImportAccount(name) { Id = id, IsStaff = role != Role.User };
        _byAddress[address] = account;
        _byId[id] = account;
    }

    public void FoundConsent(int userId, bool isWithdrawn, bool isGiven, bool isAttested)
    {
        var account = _byId[userId];
        (account.HasWithdrawn, account.HasGiven, account.IsAttested) = (isWithdrawn, isGiven, isAttested);
    }

    public void FoundFace(int userId, FaceVector? numbers) => _byId[userId].Faces.Add(numbers);

    public void Take(PersonEntry entry)
    {
        if (entry.Person.IsError)
        {
            Refuse(entry, entry.Person.FirstError);
            return;
        }

        var person = entry.Person.Value;
        var isNew = !_byAddress.TryGetValue(person.Email.Value, out var account);
        account ??= new ImportAccount(person.Name?.Value ?? NameOf(person.Email)) { Person = person };
        var fresh = Fresh(account, person);
        if (Wrong(account, person, fresh.Count) is { } error)
        {
            Refuse(entry, error);
            return;
        }

        if (isNew)
        {
            _byAddress[person.Email.Value] = account;
            _newcomers.Add(account);
        }

        if (person.Faces.Count > 0)
        {
            _withFaces.Add(account);
        }

        KnownFaces += person.Faces.Count - fresh.Count;
        foreach (var face in fresh)
        {
            account.Faces.Add(face.Opinions.Dlib);
            _additions.Add((account, face));
        }
    }

    private Error? Wrong(ImportAccount account, ImportedPerson person, int faces)
    {
        if (person.Name is { } name && name.Value != account.Name)
        {
            return ImportErrors.OtherName;
        }

        if (faces == 0)
        {
            return null;
        }

        return account switch
        {
            { IsStaff: true } when !options.MayActOnStaff => ImportErrors.StaffAccount,
            _ when account.Faces.Count + faces > FaceEncoding.MaxPerUser => FaceEncodingErrors.TooManyFaces,
            { HasGiven: true } => null,
            { HasWithdrawn: true } when consentRule != ConsentRule.Off && options.Consent != ImportConsent.Recorded => ImportErrors.ConsentWithdrawn,
            _ when consentRule == ConsentRule.All && options.Consent != ImportConsent.Recorded => ImportErrors.ConsentRequired,
            _ => null,
        };
    }

    /// <summary>The faces that the account does not have yet, each once.</summary>
    private static List<ImportedFace> Fresh(ImportAccount account, ImportedPerson person)
    {
        var fresh = new List<ImportedFace>(person.Faces.Count);
        foreach (var face in person.Faces)
        {
            if (!account.Faces.Exists(known => known is not null && known.IsOfSamePhoto(face.Opinions.Dlib))
                && !fresh.Exists(other => other.Opinions.Dlib.IsOfSamePhoto(face.Opinions.Dlib)))
            {
                fresh.Add(face);
            }
        }

        return fresh;
    }

    private static string NameOf(Email email)
    {
        var local = email.Value[..email.Value.IndexOf('@', StringComparison.Ordinal)];
        return PersonName.Parse(local) is { IsError: false } name ? name.Value.Value : email.Value;
    }

    private void Refuse(PersonEntry entry, Error error) => _refusals.Add(new ImportRefusal(entry.Line, error.Code, error.Description));
}

/// <summary>An account of a batch, there before or new.</summary>
internal sealed class ImportAccount(string name)
{
    public string Name { get; } = name;

    /// <summary>Zero while it is new and not numbered.</summary>
    public int Id { get; set; }

    /// <summary>Whom a new account is made of.</summary>
    public ImportedPerson? Person { get; init; }

    public bool IsStaff { get; init; }

    public bool HasWithdrawn { get; set; }

    /// <summary>Whether a consent to the text in force stands that is more than somebody's vouching.</summary>
    public bool HasGiven { get; set; }

    public bool IsAttested { get; set; }

    /// <summary>Null for one that cannot be opened.</summary>
    public List<FaceVector?> Faces { get; } = [];

    public bool NeedsConsent(ImportConsent consent) => consent switch
    {
        ImportConsent.Attested => !HasGiven && !IsAttested,
        ImportConsent.Recorded => !HasGiven,
        _ => false,
    };
}
