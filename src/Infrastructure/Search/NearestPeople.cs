namespace FaceId.Infrastructure.Search;

/// <summary>The nearest people seen so far, each by one face: the nearest, of equally near ones that with the lowest number.</summary>
/// <remarks>Whatever the order faces are offered in, what remains is the same.</remarks>
internal sealed class NearestPeople(int limit, int maximum)
{
    private int[] _users = new int[Math.Min(limit, 16)];
    private Found[] _found = new Found[Math.Min(limit, 16)];
    private int _count;

    /// <summary>What is further away than this is not wanted.</summary>
    public int Radius { get; private set; } = maximum;

    /// <summary>What sketches of the block at hand must reach, and for which radius; kept here by the search.</summary>
    public int Threshold { get; set; }

    public int ThresholdRadius { get; set; }

    public ReadOnlySpan<Found> Found => _found.AsSpan(0, _count);

    public void Offer(in Found face)
    {
        if (face.Match.SquaredDistance > Radius)
            return;
        var held = Array.IndexOf(_users, face.Match.UserId, 0, _count);
        if (held >= 0)
        {
            // The same face again is one that was moved: the place where it was seen last counts.
            if (Compare(face.Match, _found[held].Match) > 0)
                return;
            RemoveAt(held);
        }
        else if (_count == limit)
        {
            if (Compare(face.Match, _found[_count - 1].Match) > 0)
                return;
            RemoveAt(_count - 1);
        }

        Insert(face);
        if (_count == limit)
            Radius = _found[_count - 1].Match.SquaredDistance;
    }

    private void Insert(in Found face)
    {
        if (_count == _found.Length)
        {
            var size = Math.Min(limit, 2 * _count);
            Array.Resize(ref _found, size);
            Array.Resize(ref _users, size);
        }

        var at = _count;
        while (at > 0 && Compare(face.Match, _found[at - 1].Match) < 0)
        {
            _found[at] = _found[at - 1];
            _users[at] = _users[at - 1];
            at--;
        }

        _found[at] = face;
        _users[at] = face.Match.UserId;
        _count++;
    }

    private void RemoveAt(int at)
    {
        _count--;
        Array.Copy(_found, at + 1, _found, at, _count - at);
        Array.Copy(_users, at + 1, _users, at, _count - at);
    }

    private static int Compare(in FaceMatch a, in FaceMatch b) =>
        a.SquaredDistance != b.SquaredDistance ? a.SquaredDistance.CompareTo(b.SquaredDistance) : a.FaceId.CompareTo(b.FaceId);
}

/// <summary>A face and the place where it was.</summary>
internal readonly record struct Found(FaceMatch Match, IndexBlock Block, int Place);
