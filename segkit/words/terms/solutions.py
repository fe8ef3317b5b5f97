"""Columns of trees of merges and of what foretells a latent class."""

from __future__ import annotations

from segkit.words.terms.term import Term

COLUMNS = (
    # trees of merges
    Term("linkage", "Linkage", "Cách liên kết", "text", "",
         "What makes two segments near: the least growth of the sum of squares (ward), or the average or the largest "
         "distance of their customers.",
         "Thế nào là hai phân khúc gần nhau: tổng bình phương tăng ít nhất (ward), khoảng cách trung bình hay lớn nhất "
         "giữa các khách hàng."),
    Term("distance", "Distance", "Khoảng cách", "text", "",
         "How it is measured how unlike two customers are.",
         "Cách đo mức khác nhau giữa hai khách hàng."),
    Term("merge_height", "Height of the next merge", "Độ cao lần gộp tiếp theo", "number", "",
         "How far apart the two segments are that would merge next. A jump says that unlike segments would merge.",
         "Khoảng cách giữa hai phân khúc sẽ được gộp tiếp theo. Khi tăng vọt, các phân khúc khác hẳn nhau sắp bị gộp."),
    Term("cophenetic_correlation", "Cophenetic correlation", "Tương quan cophenetic", "number", "higher",
         "How well the tree keeps the distances between customers: 1 exactly, near 0 not at all.",
         "Cây giữ được khoảng cách giữa các khách hàng đến đâu: 1 là giữ nguyên, gần 0 là không giữ được."),
    Term("reassigned_share", "Share moved by assigning", "Tỷ lệ đổi phân khúc khi gán", "percent", "lower",
         "Share of the customers whom the rule for new customers puts into another segment than the tree.",
         "Tỷ lệ khách hàng mà quy tắc gán cho khách hàng mới xếp vào phân khúc khác với cây."),
    # the typing tool
    Term("n_questions", "Questions", "Số câu hỏi", "count", "",
         "How many questions the short form asks.", "Biểu mẫu rút gọn hỏi bao nhiêu câu."),
    Term("question_added", "Question added", "Câu hỏi thêm vào", "column", "",
         "The question that tells most of the segment beside those before it.",
         "Câu hỏi giúp nhận ra phân khúc nhiều nhất bên cạnh các câu đã có."),
    Term("accuracy", "Told rightly", "Tỷ lệ nhận đúng", "percent", "higher",
         "Share of people whose segment these questions tell, counted on people who took no part in making the form "
         "(cross-validation).",
         "Tỷ lệ người được nhận đúng phân khúc từ các câu hỏi này, tính trên những người không tham gia lập biểu mẫu "
         "(kiểm định chéo)."),
    Term("accuracy_low", "Rightly, low", "Nhận đúng, cận dưới", "percent", "higher",
         "Lower end of the 95% interval of the share told rightly.",
         "Cận dưới của khoảng tin cậy 95% của tỷ lệ nhận đúng."),
    Term("accuracy_high", "Rightly, high", "Nhận đúng, cận trên", "percent", "higher",
         "Upper end of the 95% interval of the share told rightly.",
         "Cận trên của khoảng tin cậy 95% của tỷ lệ nhận đúng."),
    Term("largest_share", "Without questions", "Không cần hỏi", "percent", "",
         "Share of the largest segment: how often naming it for everybody is right.",
         "Tỷ trọng phân khúc lớn nhất: nếu gán phân khúc này cho tất cả thì đúng bao nhiêu."),
    # what foretells a class
    Term("covariate", "Covariate", "Biến giải thích", "text", "",
         "A variable that foretells which class a customer belongs to, and did not form the classes.",
         "Biến dùng để dự đoán khách hàng thuộc lớp nào; biến này không tham gia tạo ra các lớp."),
    Term("odds_ratio", "Odds ratio", "Tỷ số odds", "number", "",
         "How many times greater the odds of this class against the reference are with one unit more, or with this "
         "value: 1 means no difference.",
         "Odds thuộc lớp này so với lớp tham chiếu gấp bao nhiêu lần khi biến tăng một đơn vị, hoặc khi có giá trị "
         "này: 1 là không khác biệt."),
    Term("odds_ratio_low", "Odds ratio, low", "Tỷ số odds, cận dưới", "number", "",
         "Lower end of the 95% interval of the odds ratio.", "Cận dưới của khoảng tin cậy 95% của tỷ số odds."),
    Term("odds_ratio_high", "Odds ratio, high", "Tỷ số odds, cận trên", "number", "",
         "Upper end of the 95% interval of the odds ratio.", "Cận trên của khoảng tin cậy 95% của tỷ số odds."),
    Term("reference", "Reference segment", "Phân khúc tham chiếu", "segment", "",
         "The segment that the others are set against.",
         "Phân khúc được lấy làm mốc để so sánh các phân khúc khác."),
)
